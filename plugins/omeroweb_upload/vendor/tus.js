export { DefaultHttpStack, Upload } from "tus-js-client";
