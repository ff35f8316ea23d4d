// Prepares the demo catalog that the other suites copy; runs before them, and alone.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { demoData, removeData } from "./weft.mjs";

it("the demo catalog is imported and embedded", () => {
  const data = demoData();
  assert.ok(existsSync(path.join(data, "weft.db")));
  removeData(data);
});
