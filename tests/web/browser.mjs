// A real Chromium, and the few moves that every test of the page makes.
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** The Chromium to drive: env CHROMIUM or one in PATH; undefined when there is none. */
export function findChromium() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const candidates = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** playwright-core gives every browser a fresh user-data folder and removes it. */
export const launch = () =>
  chromium.launch({ executablePath: findChromium(), headless: true, args: ARGS });
