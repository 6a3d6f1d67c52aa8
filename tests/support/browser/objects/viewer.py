"""OMERO.web's own image viewer, in a window of its own."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Locator, Page, Response, Route, expect

_TABLES_ARE_THERE = "() => window.OME && OME.LUTS && OME.PNG_LUTS"


def image_after_tables(context: BrowserContext) -> None:
    """Hold the description of an image back until the viewer has its look-up tables.

    OMERO.web 5.33.2 asks for both at once, and its script fails when the image is faster.
    """

    def hold(route: Route) -> None:
        route.request.frame.wait_for_function(_TABLES_ARE_THERE)
        route.continue_()

    context.route("**/webclient/imgData/**", hold)


class ImageViewer:
    """The picture with its sliders at the left and below; the Preview tab has it, too."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def shown(self) -> ImageViewer:
        """Wait until the picture is there."""
        expect(self.picture).to_be_visible()
        self.page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0",
            arg=self.picture.element_handle(),
        )
        return self

    @property
    def picture(self) -> Locator:
        """The rendered plane."""
        return self.page.locator("img.weblitz-viewport-img:visible")

    @property
    def channels(self) -> Locator:
        """A button for each channel."""
        return self.page.locator("#wblitz-channels-box button")

    def projection(self, name: str) -> Locator:
        """The choice of a projection: `normal`, `intmax`, `split`."""
        return self.page.locator(f'input[name="wblitz-proj"][value="{name}"]')

    def render(self, change: Locator) -> Response:
        """Click on something that asks for another picture; the answer."""
        with self.page.expect_response(lambda each: "/render_image" in each.url) as answer:
            change.click()
        return answer.value
