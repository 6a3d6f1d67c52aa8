"""OMERO's database, by `psql`; the password is in a file that only this user can read."""

from pathlib import Path

from omero_start import programs
from omero_start.settings import Settings


class Database:
    """Asks and changes the database of a site.

    Args:
        settings: Which database.
        private: A folder that only this user can read.
    """

    def __init__(self, settings: Settings, private: Path) -> None:
        self._settings = settings
        self.password_file = private / "database-password"
        programs.write_private(self.password_file, settings.database_password)
        self._passfile = private / "pgpass"
        place = (
            settings.database_host,
            str(settings.database_port),
            "*",
            settings.database_user,
            settings.database_password,
        )
        escaped = (part.replace("\\", "\\\\").replace(":", "\\:") for part in place)
        programs.write_private(self._passfile, ":".join(escaped) + "\n")

    def __str__(self) -> str:
        """The database, for messages."""
        at = self._settings
        return f"the OMERO database {at.database_name} on {at.database_host}:{at.database_port}"

    def ask(self, question: str) -> list[list[str]]:
        """The rows of a query, each a list of columns as text."""
        answer = self._psql(f"{self} could not be asked", "--command", question)
        return [line.split("|") for line in answer.splitlines() if line]

    def apply(self, script: Path, purpose: str) -> None:
        """Run a script that ends at its first error."""
        self._psql(purpose, "--quiet", "--file", str(script))

    def _psql(self, purpose: str, *arguments: str) -> str:
        at = self._settings
        command = ["psql", "--no-psqlrc", "--no-password", "--tuples-only", "--no-align"]
        command += ["--set", "ON_ERROR_STOP=1", "-h", at.database_host]
        command += ["-p", str(at.database_port), "-U", at.database_user, "-d", at.database_name]
        return programs.run([*command, *arguments], purpose, PGPASSFILE=str(self._passfile))
