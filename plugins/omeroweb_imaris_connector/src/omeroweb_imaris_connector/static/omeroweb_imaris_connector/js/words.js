/** Images and exports as texts. */

import { bytes, counted, duration, moment, number, rate } from "../../omero_plugin_common/js/format.js";

/** An export's states in words. */
export const STATES = {
  queued: "Waiting",
  waiting_for_processor: "Waiting for OMERO",
  running: "Exporting",
  verifying: "Checking",
  attaching: "Attaching",
  done: "Ready",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Deleted after its time",
};

/** States in which an export stays as it is. */
export const ENDED = new Set(["done", "failed", "cancelled", "expired"]);

/** @param {object} image as the server describes it @returns {string} such as `512 × 512 × 30 · 3 channels · uint16` */
export function shape(image) {
  const plane = [image.size_x, image.size_y, ...(image.size_z > 1 ? [image.size_z] : [])].map(number).join(" × ");
  return [
    plane,
    image.size_c > 1 ? counted(image.size_c, "channel") : null,
    image.size_t > 1 ? counted(image.size_t, "time point") : null,
    image.pixel_type,
    voxel(image.voxel_um),
    `up to ${bytes(image.bytes_estimate)}`,
  ].filter(Boolean).join(" · ");
}

/** Such as `voxel 0.1 × 0.1 × 0.3 µm`; a size that OMERO does not have is a question mark. */
function voxel(sizes) {
  if (!sizes?.some((size) => size !== null)) return "no voxel size";
  return `voxel ${sizes.map((size) => (size === null ? "?" : Number(size.toPrecision(3)))).join(" × ")} µm`;
}

/** @param {object} export_ @returns {string} such as `cells.tif`, or `cells.tif and 4 others` */
export function name(export_) {
  const first = export_.files[0].image;
  const named = first.name || `Image ${first.id}`;
  return export_.images > 1 ? `${named} and ${counted(export_.images - 1, "other")}` : named;
}

/** @param {object} export_ that goes on @returns {string[]} how far it is */
export function progress({ state, position, planes, images, ready }) {
  const files = images > 1 ? [`${number(ready)} of ${counted(images, "image")} ready`] : [];
  if (state === "queued") return [...files, position ? `number ${number(position)} in the queue` : null].filter(Boolean);
  if (state !== "running" || !(planes?.total > 0)) return files;
  return [
    ...files,
    `${number(planes.done)} of ${counted(planes.total, "plane")}`,
    planes.per_second > 0 ? rate(planes.per_second, "planes") : null,
    typeof planes.seconds_left === "number" ? `about ${duration(planes.seconds_left)} left` : null,
  ].filter(Boolean);
}

/**
 * @param {object} export_ that has ended
 * @param {number} now milliseconds since 1970
 * @returns {string[]} its size and age, and until when it can be downloaded
 */
export function facts(export_, now = Date.now()) {
  const { finished, created, images, ready, files } = export_;
  const since = (now - Date.parse(finished ?? created)) / 1000;
  const age = since < 60 ? "just now" : `${duration(since)} ago`;
  if (images > 1) return [`${number(ready)} of ${counted(images, "image")} ready`, age];
  const [size, ...others] = factsOfFile(files[0]);
  return [size, age, ...others].filter(Boolean);
}

/** @param {object} file of an export @returns {(string|null)[]} its size first, where it is there */
export function factsOfFile({ state, bytes: size, expires, attached, by }) {
  return [
    state === "done" && size ? bytes(size) : null,
    state === "done" && expires ? `until ${moment(expires)}` : null,
    attached ? "attached to the image" : null,
    by === "script" ? "written by OMERO.server" : null,
  ];
}
