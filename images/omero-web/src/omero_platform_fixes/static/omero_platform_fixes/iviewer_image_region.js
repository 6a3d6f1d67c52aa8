// OMERO.iviewer asks for the image region service at the root of the host, also where the site is
// below a path and the rest of the host is others'.
(function () {
  const { address } = document.currentScript.dataset;
  const ask = window.fetch;
  window.fetch = function (what, options) {
    const { origin, pathname } = new URL(what.url || what, location);
    const meant = origin === location.origin && pathname === "/omero_ms_image_region/";
    return ask.call(window, meant ? address : what, options);
  };
})();
