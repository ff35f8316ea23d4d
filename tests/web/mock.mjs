// Stands in for weft while the page is being worked on (WEFT_MOCK=1): the demo catalog, ranked by
// shared words instead of by a model. It refuses what the server refuses, so that a page that
// works here speaks the right API. The tests that count run against the server itself.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { demoPhoto, demoRows, root } from "../api/weft.mjs";

const FACETS = ["gender", "master_category", "sub_category", "article_type", "base_color", "season", "usage"];
const SORTS = ["product_id", "price", "year", "product_display_name"];
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };

class Refusal extends Error {
  constructor(status, detail, field) {
    super(detail);
    Object.assign(this, { status, field });
  }
}

/** Words cut to four letters, so that "dress" meets "Dresses". */
const stem = (text) => text.toLowerCase().match(/[a-z]+/g)?.map((word) => word.slice(0, 4)) ?? [];
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

function loadCatalog() {
  return demoRows().map((row) => ({
    product_id: row.id,
    product_display_name: row.productDisplayName,
    master_category: row.masterCategory,
    sub_category: row.subCategory,
    article_type: row.articleType,
    base_color: row.baseColour,
    gender: row.gender,
    season: row.season,
    usage: row.usage,
    year: Number(row.year),
    price: 24 + ((Number(row.id) * 7919) % 32000) / 100,
    price_is_synthetic: true,
    image_url: `/api/v1/images/${row.id}`,
  }));
}

function byPhoto(catalog, bytes) {
  const wanted = digest(bytes);
  const found = catalog.find((p) => {
    try {
      return digest(demoPhoto(p.product_id)) === wanted;
    } catch {
      return false; // a catalog whose photos are still being drawn
    }
  });
  if (!found) throw new Refusal(400, "image: not a photo of the demo catalog", "image");
  return (p) => (p === found ? 1 : 0) + likeness(p, found);
}

const likeness = (p, q) => FACETS.filter((f) => p[f] === q[f]).length / FACETS.length;

function byWords(query) {
  const words = stem(query);
  return (p) => {
    const own = stem(`${p.product_display_name} ${p.article_type} ${p.base_color}`);
    return words.filter((w) => own.includes(w)).length / words.length;
  };
}

function passes(filters) {
  for (const field of Object.keys(filters))
    if (![...FACETS, "price"].includes(field)) throw new Refusal(400, `filters: no field ${field}`, "filters");
  return (p) =>
    Object.entries(filters).every(([field, wanted]) =>
      field === "price"
        ? p.price >= (wanted.$gte ?? 0) && p.price <= (wanted.$lte ?? Infinity)
        : [wanted].flat().includes(p[field]),
    );
}

function rank(catalog, score, filters, limit, cursor) {
  const from = cursor ? Number(cursor) : 0;
  const products = catalog
    .filter(passes(filters))
    .map((p) => ({ ...p, similarity_score: score(p) }))
    .sort((a, b) => b.similarity_score - a.similarity_score);
  const next = from + limit;
  return {
    products: products.slice(from, next),
    total: products.length,
    next_cursor: next < products.length ? String(next) : null,
  };
}

const KNOWN = {
  text: ["query", "limit", "filters", "index", "cursor"],
  image: ["image", "limit", "filters", "index", "cursor"],
  hybrid: ["query", "image", "weight", "limit", "filters", "index", "cursor"],
};

async function search(catalog, kind, request, body) {
  let asked;
  if (kind === "text") {
    asked = JSON.parse(body);
  } else {
    const form = await new Response(body, { headers: { "content-type": request.headers["content-type"] } }).formData();
    asked = Object.fromEntries(form);
    if (asked.filters) asked.filters = JSON.parse(asked.filters);
    asked.image = Buffer.from(await asked.image.arrayBuffer());
  }
  for (const name of Object.keys(asked))
    if (!KNOWN[kind].includes(name)) throw new Refusal(400, `${name}: no such field`, name);
  if (kind !== "image" && !asked.query) throw new Refusal(400, "query: is needed", "query");
  const words = asked.query && byWords(asked.query);
  const photo = asked.image && byPhoto(catalog, asked.image);
  const weight = Number(asked.weight ?? 0.5);
  const score = !photo ? words : !words ? photo : (p) => weight * photo(p) + (1 - weight) * words(p);
  return rank(catalog, score, asked.filters ?? {}, Number(asked.limit ?? 20), asked.cursor);
}

function list(catalog, params) {
  const filters = {};
  const page = Number(params.get("page") ?? 1);
  const size = Number(params.get("page_size") ?? 24);
  const by = params.get("sort_by") ?? "product_id";
  if (!SORTS.includes(by)) throw new Refusal(400, `sort_by: must be one of ${SORTS}`, "sort_by");
  for (const name of new Set(params.keys())) {
    if (FACETS.includes(name)) filters[name] = params.getAll(name);
    else if (name === "min_price") filters.price = { ...filters.price, $gte: Number(params.get(name)) };
    else if (name === "max_price") filters.price = { ...filters.price, $lte: Number(params.get(name)) };
    else if (!["page", "page_size", "sort_by", "sort_order"].includes(name))
      throw new Refusal(400, `${name}: no such parameter`, name);
  }
  const sign = params.get("sort_order") === "desc" ? -1 : 1;
  const found = catalog
    .filter(passes(filters))
    .sort((a, b) => sign * (a[by] > b[by] ? 1 : a[by] < b[by] ? -1 : 0));
  const has_more = page * size < found.length;
  return { products: found.slice((page - 1) * size, page * size), total: found.length, page, page_size: size, has_more };
}

function options(catalog) {
  const answer = {};
  for (const facet of FACETS) {
    const counts = new Map();
    for (const p of catalog) counts.set(p[facet], (counts.get(p[facet]) ?? 0) + 1);
    answer[facet] = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  }
  const prices = catalog.map((p) => p.price);
  return { ...answer, price: { min: Math.min(...prices), max: Math.max(...prices) } };
}

function product(catalog, id) {
  const found = catalog.find((p) => p.product_id === id);
  if (!found) throw new Refusal(404, `there is no product ${id}`, "id");
  return found;
}

async function answer(catalog, request, body) {
  const url = new URL(request.url, "http://mock");
  const [head, id, tail] = url.pathname.slice("/api/v1/".length).split("/").map(decodeURIComponent);
  if (head === "search") return search(catalog, id, request, body);
  if (head === "products" && !id) return list(catalog, url.searchParams);
  if (head === "products" && id === "filters") return options(catalog);
  if (head === "products" && !tail) return product(catalog, id);
  if (head === "products" && tail === "similar") {
    const seed = product(catalog, id);
    const others = catalog.filter((p) => p !== seed);
    return rank(others, (p) => likeness(p, seed), {}, Number(url.searchParams.get("limit") ?? 12));
  }
  throw new Refusal(404, "there is nothing at this address");
}

function sendPage(request, response) {
  const dist = path.join(root, "web/dist");
  const name = new URL(request.url, "http://mock").pathname;
  const file = path.extname(name) ? name : "/index.html";
  response.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream");
  response.setHeader("content-security-policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'");
  response.end(readFileSync(path.join(dist, path.normalize(file))));
}

async function handle(catalog, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    if (!request.url.startsWith("/api/")) return sendPage(request, response);
    if (request.url.startsWith("/api/v1/images/")) {
      response.setHeader("content-type", "image/jpeg");
      return response.end(demoPhoto(path.basename(request.url.split("?")[0])));
    }
    const body = JSON.stringify(await answer(catalog, request, Buffer.concat(chunks)));
    response.setHeader("content-type", "application/json");
    response.end(body);
  } catch (error) {
    const status = error.status ?? (error.code === "ENOENT" ? 404 : 500);
    const title = status === 404 ? "Not Found" : status === 400 ? "Bad Request" : "Internal Server Error";
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ type: "about:blank", title, status, detail: error.message, field: error.field }));
  }
}

export async function startMock(port = 0) {
  const catalog = loadCatalog();
  const server = createServer((request, response) => void handle(catalog, request, response));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections?.();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log((await startMock(Number(process.env.PORT ?? 8080))).url);
