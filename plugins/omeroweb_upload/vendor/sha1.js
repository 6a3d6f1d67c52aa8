export { createSHA1 } from "hash-wasm";
export { sha1 } from "@noble/hashes/legacy.js";
