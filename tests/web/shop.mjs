// What a shopper does and sees, in terms that the tests read well in.
import { mkdirSync } from "node:fs";
import path from "node:path";

const SHOTS = process.env.WEFT_SCREENSHOTS;
const PATIENCE_MS = 15000;

/** Opens the shop in a window of its own; `faults` holds what the page itself got wrong. */
export async function openShop(browser, url, { viewport, address = "/" }) {
  const phone = viewport.width < 600;
  const context = await browser.newContext({ viewport, isMobile: phone, hasTouch: phone });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) faults.push(message.text());
  });
  await page.goto(url + address);
  await settled(page);
  return { page, faults };
}

/** Looks until isSo(look()) holds. Not waitForFunction: that needs an eval, which the page forbids. */
async function until(page, what, look, isSo) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what}: in vain; seen ${JSON.stringify(seen).slice(0, 1500)}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Waits until the results that are shown are the ones asked for; heading: of these. */
export function settled(page, heading = "") {
  const look = () =>
    page.evaluate(() => ({
      busy: document.querySelector('[data-testid="results"]')?.ariaBusy ?? "no results yet",
      heading: document.querySelector("h1")?.textContent,
    }));
  const what = `results under "${heading}"`;
  return until(page, what, look, (seen) => seen.busy === "false" && seen.heading.includes(heading));
}

/** Waits until the page has scrolled to y. */
export function scrolled(page, y) {
  const look = () => page.evaluate(() => window.scrollY);
  return until(page, `scrolled to ${y}`, look, (seen) => Math.abs(seen - y) < 5);
}

/** The cards on the page, in order. */
export function cards(page) {
  return page.getByTestId("card").evaluateAll((all) =>
    all.map((card) => ({
      id: card.dataset.id,
      name: card.querySelector("h3").textContent,
      color: card.querySelector('[data-testid="color"]')?.textContent ?? null,
      price: Number(card.querySelector('[data-testid="price"]').textContent.replaceAll(",", "")),
    })),
  );
}

/** Looks at the cards until there are some and they are as wanted. */
export function cardsBecome(page, what, isWanted) {
  return until(page, `cards: ${what}`, () => cards(page), (seen) => seen.length > 0 && isWanted(seen));
}

/** Goes to the lower end, again and again as a reader does, until there are so many cards. */
export function scrollOn(page, count) {
  const look = async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return cards(page);
  };
  return until(page, `scrolling: ${count} cards`, look, (seen) => seen.length >= count);
}

/** The number that the line under the heading says. */
export async function total(page) {
  return Number((await page.getByRole("status").first().textContent()).match(/^[\d,]+/)[0].replaceAll(",", ""));
}

export const box = (page) => page.getByRole("searchbox", { name: "Search", exact: true });

export async function searchFor(page, words) {
  await box(page).fill(words);
  await settled(page, words);
}

/** A file dragged over the page and let go, as the browser reports it. */
export async function dropPhoto(page, bytes, type = "image/jpeg") {
  const transfer = await page.evaluateHandle(
    ([base64, type]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "photo.jpg", { type }));
      return transfer;
    },
    [bytes.toString("base64"), type],
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.getByTestId("drop-overlay").waitFor();
  await screenshot(page, "drop");
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await page.getByTestId("drop-overlay").waitFor({ state: "detached" });
}

/** Ticks or unticks a value of a filter, wherever the filters are drawn. */
export async function pick(place, value) {
  const input = place.page().getByRole("checkbox", { name: value, exact: true });
  await place.locator("label", { has: input }).click();
}

/** Into the folder WEFT_SCREENSHOTS, when it is set. */
export async function screenshot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
}
