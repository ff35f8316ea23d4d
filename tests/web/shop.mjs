// What a shopper does and sees, in terms that the tests read well in.
import { mkdirSync } from "node:fs";
import path from "node:path";

const SHOTS = process.env.WEFT_SCREENSHOTS;

/** Opens the shop in a window of its own; `faults` holds what the page itself got wrong. */
export async function openShop(browser, url, { viewport, address = "/" }) {
  const phone = viewport.width < 600;
  const context = await browser.newContext({ viewport, isMobile: phone, hasTouch: phone });
  context.setDefaultTimeout(15000);
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

/** Waits until the results that are shown are the ones asked for; heading: of these. */
export async function settled(page, heading = "") {
  await page.waitForFunction(
    (heading) =>
      document.querySelector('[data-testid="results"][aria-busy="false"]') &&
      document.querySelector("h1").textContent.includes(heading),
    heading,
  );
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

/** Looks at the cards until they are as wanted; fails with what they were. */
export async function cardsBecome(page, what, isWanted) {
  const end = Date.now() + 15000;
  for (;;) {
    const seen = await cards(page);
    if (seen.length > 0 && isWanted(seen)) return seen;
    if (Date.now() > end)
      throw new Error(`no cards that are ${what}; there are ${JSON.stringify(seen.slice(0, 6))}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
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
  const input = place.getByRole("checkbox", { name: value, exact: true });
  await place.locator("label", { has: input }).click();
}

/** Into the folder WEFT_SCREENSHOTS, when it is set. */
export async function screenshot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
}
