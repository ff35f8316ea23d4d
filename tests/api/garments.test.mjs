// Garments found in photos that hold several, each searched for; and crops of a shopper's own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoPhoto, demoRows, root, startServer } from "./weft.mjs";

const collage = process.env.WEFT_COLLAGE ?? path.join(root, "build/tests/collage");
const WIDTH = 900, HEIGHT = 700;

describe("garments in a photo", () => {
  let server, folder;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), "weft-collage-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  /** A photo of three products on one ground, and where each of them lies. */
  function compose(products) {
    const places = [
      [40, 60, 270, 360],
      [330, 20, 255, 340],
      [600, 300, 270, 360],
    ];
    const file = path.join(folder, "photo.jpg");
    const args = products.flatMap((p, i) => [path.join(root, `demo/images/${p.id}.jpg`), ...places[i]]);
    execFileSync(collage, [file, WIDTH, HEIGHT, ...args].map(String));
    return { bytes: readFileSync(file), places };
  }
  const search = async (route, body) => {
    const answer = await server.call("POST", `/api/v1/search/${route}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

  it("finds them, says where and what they are, and finds the products", async () => {
    const types = ["Dresses", "Shirts", "Handbags", "Casual Shoes", "Watches", "Jeans", "Jackets", "Tshirts", "Backpacks", "Skirts"];
    const ofType = (type) => rows.filter((r) => r.articleType === type);
    let placed = 0, found = 0, itself = 0;
    for (let round = 0; round < 10; round++) {
      const products = [0, 1, 2].map((i) => {
        const list = ofType(types[(round + 3 * i) % types.length]);
        return list[(round * 7 + i) % list.length];
      });
      const { bytes, places } = compose(products);
      const { garments } = await search("garments", { image: bytes.toString("base64"), limit: 10 });
      assert.ok(garments.length >= 1 && garments.length <= 6);
      for (const g of garments) {
        for (const key of ["x", "y", "width", "height"]) assert.ok(g.box[key] >= 0 && g.box[key] <= 1);
        assert.ok(g.confidence > 0 && g.confidence <= 1);
        assert.ok(g.products.length > 0);
      }
      products.forEach((product, i) => {
        const [x, y, w, h] = places[i];
        // The photo has a margin around its product: a box counts whose middle lies within.
        const inside = garments.filter(({ box }) => {
          const cx = (box.x + box.width / 2) * WIDTH, cy = (box.y + box.height / 2) * HEIGHT;
          return cx > x && cx < x + w && cy > y && cy < y + h;
        });
        placed++;
        found += inside.some((g) => g.article_type === product.articleType);
        itself += inside.some((g) => g.products.some((p) => p.product_id === product.id));
      });
    }
    assert.ok(found >= 0.7 * placed, `${found} of ${placed} with the right type in the right place`);
    assert.ok(itself >= 0.6 * placed, `${itself} of ${placed} products found among the ten nearest`);
  });

  it("a crop of the shopper's own searches for what is in it", async () => {
    const products = ["Dresses", "Watches", "Handbags"].map((type) => rows.find((r) => r.articleType === type));
    const { bytes, places } = compose(products);
    const image = bytes.toString("base64");
    for (const [i, product] of products.entries()) {
      const [x, y, w, h] = places[i];
      const crop = { x: x / WIDTH, y: y / HEIGHT, width: w / WIDTH, height: h / HEIGHT };
      const { products: near } = await search("image", { image, crop, limit: 10 });
      assert.ok(near.some((p) => p.product_id === product.id), `${product.articleType}: ${near.map((p) => p.article_type)}`);
      assert.equal(near[0].article_type, product.articleType);
    }
    const form = new FormData();
    form.append("image", new Blob([bytes]), "photo.jpg");
    form.append("crop", JSON.stringify({ x: 0, y: 0, width: 1, height: 1 }));
    await search("image", form);
  });

  it("wrong crops are refused", async () => {
    const image = demoPhoto(rows[0].id).toString("base64");
    for (const crop of [{}, { x: 0, y: 0, width: 0, height: 1 }, { x: 0.5, y: 0, width: 0.6, height: 1 }, { x: -0.1, y: 0, width: 1, height: 1 }, { x: 0, y: 0, width: 1, height: 1, z: 1 }, 7, { x: "0", y: 0, width: 1, height: 1 }]) {
      const { status, body } = await server.call("POST", "/api/v1/search/image", { image, crop });
      assert.equal(status, 400, JSON.stringify(crop));
      assert.equal(body.field, "crop");
    }
    for (const [body, field] of [[{}, "image"], [{ image: "bm90IGEgcGhvdG8=" }, "image"], [{ image, limit: 0 }, "limit"], [{ image, filters: { colour: 1 } }, "filters"]]) {
      const answer = await server.call("POST", "/api/v1/search/garments", body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.field, field);
    }
  });
});
