"""Static files under names that hold a hash of their content, so browsers keep them for ever.

The names without a hash stay as well, because scripts of OMERO.web put addresses together
themselves. Some packages refer to files that they do not have; such a reference is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from pipeline.storage import PipelineMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

from omero_web_container.bundles import bundles

# More than all files of all applications that a template names.
_MOST_URLS = 10_000
_JS_IMPORTS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed."""

    # Imports between ES modules get hashed names too: otherwise a browser would mix modules of two
    # versions. Only in our own files, since the expressions are not made for minified bundles.
    patterns = (
        *ManifestStaticFilesStorage.patterns,
        ("omero_plugin_common/*.js", _JS_IMPORTS),
        ("omeroweb_*.js", _JS_IMPORTS),
    )

    # One for each step of the longest chain of imports; a circle among modules never ends.
    max_post_process_passes = 20

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As in Django."""
        super().__init__(*arguments, **options)
        self._urls: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file.

        Found once: the start page asks for a hundred, a fifth of what making it takes.
        """
        if force or len(self._urls) >= _MOST_URLS:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = str(super().url(name))
        return self._urls[name]

    def post_process(self, paths: Any, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Hash and compress, with the files that start a page in one piece."""
        if not dry_run:
            paths = dict(paths)

            def read(name: str) -> str:
                storage, path = paths[name]
                with storage.open(path) as file:
                    return str(file.read().decode("utf-8"))

            for name, text in list(bundles(paths, read)):
                self.delete(name)
                self.save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """The name with its hash; unchanged where it names no file of the collection."""
        try:
            return str(super().hashed_name(name, content, filename))
        except (ValueError, OSError, SuspiciousFileOperation):
            return name

    def stored_name(self, name: str) -> str:
        """The name in links; unchanged for a folder, or a file that was not collected."""
        path = self.clean_name(unquote(urlsplit(name).path).strip())
        if self.hash_key(path) not in self.hashed_files:
            return name
        return str(super().stored_name(name))


class SiteStorage(PipelineMixin, HashedStorage):  # type: ignore[misc]
    """The files of the image, with the packed scripts of OMERO.web's own image viewer."""


class ExtraStorage(HashedStorage):
    """The files of added plugins, in a folder of their own."""

    support_js_module_import_aggregation = True

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """Also of a file of the image, so that a plugin's imports name what our pages load."""
        own = super().hashed_name(name, content, filename)
        key = self.hash_key(self.clean_name(name))
        return str(staticfiles_storage.hashed_files.get(key, own)) if own == name else own


def collect_extra(apps: list[str], folder: str) -> None:
    """Collect the static files of added plugins and let links find them.

    Args:
        apps: Django applications.
        folder: where to put the files; writable.
    """
    target = ExtraStorage(location=folder)
    files: dict[str, Any] = {}
    for path, source in AppDirectoriesFinder(app_names=apps).list([]):
        with source.open(path) as content:
            target.delete(path)
            target.save(path, content)
        files[path] = (target, path)
    for name, _, processed in target.post_process(files):
        if isinstance(processed, Exception):
            raise ValueError(f"static file {name}: {processed}") from processed
    staticfiles_storage.hashed_files.update(target.hashed_files)
    staticfiles_storage._urls.clear()
