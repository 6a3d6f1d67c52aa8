// The Foundation of omero-gallery says `$(window).load(f)`, which jQuery 3 has under `on` alone.
(function ($) {
  const load = $.fn.load;
  $.fn.load = function (first, ...rest) {
    return typeof first === "function" ? this.on("load", first) : load.call(this, first, ...rest);
  };
})(jQuery);
