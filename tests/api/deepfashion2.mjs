// A small folder in the layout of DeepFashion2, drawn from the demo catalog's photos: people who
// wear several products, as far as garments beside each other on one ground are people.
//
//   node deepfashion2.mjs FOLDER [PHOTOS]      writes one with so many photos (default 40)
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { demoRows, root } from "./weft.mjs";

const collage = process.env.WEFT_COLLAGE ?? path.join(root, "build/tests/collage");
const WIDTH = 640, HEIGHT = 900;

/** The 13 categories by their number, with the demo catalog's article types that are of them. */
export const categories = {
  1: ["short sleeve top", ["Tshirts", "Tops"]],
  2: ["long sleeve top", ["Shirts", "Sweaters", "Sweatshirts"]],
  4: ["long sleeve outwear", ["Jackets", "Blazers"]],
  7: ["shorts", ["Shorts"]],
  8: ["trousers", ["Trousers", "Jeans", "Track Pants"]],
  9: ["skirt", ["Skirts"]],
  11: ["long sleeve dress", ["Dresses"]],
};

export const categoryOf = (articleType) =>
  Number(Object.keys(categories).find((id) => categories[id][1].includes(articleType)));

/** Where the first, second and third garment of a photo lie: x, y, width, height. */
const places = [[150, 20, 300, 400], [150, 460, 300, 400], [460, 200, 165, 220]];

/**
 * Writes FOLDER/image and FOLDER/annos: photo i shows the products of outfits[i], each of which is
 * a row of the demo catalog.
 */
export function writeDeepFashion2(folder, outfits) {
  mkdirSync(path.join(folder, "image"), { recursive: true });
  mkdirSync(path.join(folder, "annos"), { recursive: true });
  const drawn = new Map(); // an outfit is drawn once, however many photos show it
  outfits.forEach((products, i) => {
    const name = String(i + 1).padStart(6, "0"), photo = path.join(folder, `image/${name}.jpg`);
    const pasted = products.flatMap((p, k) => [path.join(root, `demo/images/${p.id}.jpg`), ...places[k]]);
    if (drawn.has(products)) copyFileSync(drawn.get(products), photo);
    else execFileSync(collage, [photo, WIDTH, HEIGHT, ...pasted].map(String));
    drawn.set(products, photo);
    const items = products.map((p, k) => {
      const [x, y, width, height] = places[k], category = categoryOf(p.articleType);
      return [`item${k + 1}`, {
        category_id: category,
        category_name: categories[category][0],
        style: 1,
        bounding_box: [x, y, x + width, y + height],
        landmarks: [0, 0, 0],
        segmentation: [[x, y, x + width, y, x + width, y + height]],
        scale: 2, viewpoint: 2, zoom_in: 1, occlusion: 1,
      }];
    });
    const annotation = { source: "user", pair_id: i + 1, ...Object.fromEntries(items) };
    writeFileSync(path.join(folder, `annos/${name}.json`), JSON.stringify(annotation));
  });
}

/** n outfits of a top, a piece below it and, every third time, a jacket; each the same every time. */
export function demoOutfits(n) {
  const rows = demoRows();
  const ofCategories = (ids) => rows.filter((r) => ids.includes(categoryOf(r.articleType)));
  const tops = ofCategories([1, 2]), below = ofCategories([7, 8, 9]), outer = ofCategories([4]);
  return Array.from({ length: n }, (_, i) => [
    tops[(i * 7) % tops.length],
    below[(i * 11) % below.length],
    ...(i % 3 === 2 ? [outer[(i * 5) % outer.length]] : []),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, photos] = process.argv.slice(2);
  writeDeepFashion2(folder, demoOutfits(Number(photos ?? 40)));
}
