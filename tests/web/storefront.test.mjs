// The storefront in a real browser, against a live server over the demo catalog.
//
//   node storefront.test.mjs         exit code 77: there is no Chromium here
//
// WEFT_MOCK=1 puts mock.mjs in the server's place; WEFT_SCREENSHOTS names a folder to draw into.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { demoPhoto, demoRows, startServer } from "../api/weft.mjs";
import { DESKTOP, findChromium, launch, PHONE } from "./browser.mjs";
import { box, cards, cardsBecome, dropPhoto, openShop, pick, screenshot, scrolled, scrollOn, searchFor, settled, total } from "./shop.mjs";

if (!findChromium()) {
  console.log("skipped: no Chromium (env CHROMIUM, or chromium, chromium-browser, google-chrome in PATH)");
  process.exit(77);
}

const PAGE = 24;
const rows = demoRows();
const countOf = (column, value) => rows.filter((row) => row[column] === value).length;
const firstOf = (type) => rows.find((row) => row.articleType === type).id;
const typeOf = (card) => rows.find((row) => row.id === card.id).articleType;
const ids = (list) => list.map((card) => card.id);

let server, browser, page, faults;

async function open(address, viewport = DESKTOP) {
  ({ page, faults } = await openShop(browser, server.url, { address, viewport }));
}

// One suite: Node before 18.17 runs hooks in the suite that declares them, and nowhere else.
describe("the storefront", () => {
  before(async () => {
    server = process.env.WEFT_MOCK ? await (await import("./mock.mjs")).startMock() : await startServer();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(faults, [], "no script error and nothing against the content security policy");
  });

  it("search by words: the results change to what the words say", async () => {
    await open("/");
    const before = await cards(page);
    assert.equal(before.length, PAGE);
    assert.equal(await total(page), rows.length);
    await screenshot(page, "home");
    await searchFor(page, "red dress");
    const found = await cards(page);
    assert.notDeepEqual(ids(found), ids(before));
    const first = found.slice(0, 8);
    const dresses = first.filter((card) => typeOf(card) === "Dresses");
    assert.ok(dresses.length >= 4, `of the first 8: ${first.map((card) => card.name)}`);
    assert.equal(new URL(page.url()).search, "?q=red+dress");
    await screenshot(page, "words");
  });

  it("search by a dropped photo: the product on it comes first", async () => {
    await open("/");
    const id = firstOf("Handbags");
    await dropPhoto(page, demoPhoto(id));
    await settled(page, "Like your photo");
    assert.equal((await cards(page))[0].id, id);
    await screenshot(page, "photo");
    await page.getByRole("button", { name: "Remove the photo" }).click();
    await settled(page, "Everything");
    assert.equal(await page.getByTestId("photo-chip").count(), 0);
  });

  it("search by both: the slider moves from the words to the photo", async () => {
    await open("/?q=leather+watch");
    const id = firstOf("Jeans");
    const slider = page.getByRole("slider");
    assert.equal(await slider.count(), 0, "nothing to balance without a photo");
    await dropPhoto(page, demoPhoto(id));
    await slider.focus();
    await page.keyboard.press("End");
    await page.waitForURL("**/?*weight=1");
    await cardsBecome(page, "led by the photo's product", ([first]) => first.id === id);
    await screenshot(page, "both");
    await page.keyboard.press("Home");
    await page.waitForURL("**/?*weight=0");
    await cardsBecome(page, "led by a watch", ([first]) => typeOf(first) === "Watches");
  });

  it("search compares words with looks or descriptions", async () => {
    await open("/?q=shirt");
    const asked = page.waitForRequest((r) => r.url().endsWith("/search/text"));
    await page.getByText("Looks", { exact: true }).click();
    assert.equal((await asked).postDataJSON().index, "image");
    await settled(page, "shirt");
    assert.equal(new URL(page.url()).searchParams.get("index"), "image");
    assert.ok((await cards(page)).length > 0);
  });

  it("says what it understood of the words, and each part can be switched off", async () => {
    await open("/?q=red+dres+under+200+not+floral");
    const line = page.getByTestId("understood");
    const chips = () => line.getByRole("button", { name: /^Ignore / }).allTextContents();
    assert.deepEqual(await chips(), ["up to 200.00", "Red", "Dresses", "not floral"]);
    assert.match(await line.textContent(), /Showing results for dress/);
    await screenshot(page, "understood");
    const narrow = await total(page);
    await line.getByRole("button", { name: "Ignore Red" }).click();
    await cardsBecome(page, "of several colors", (all) => new Set(all.map((c) => c.color)).size > 1);
    assert.ok((await total(page)) > narrow);
    assert.equal(new URL(page.url()).searchParams.get("ignore"), "color");
    await line.getByRole("button", { name: "Understand everything again" }).click();
    await cardsBecome(page, "red again", (all) => all.every((c) => c.color === "Red"));
  });

  it("filters of a search count what it found, and offer no choice that is none", async () => {
    await open("/?q=red+dress");
    const filters = page.getByRole("complementary");
    await filters.getByRole("group", { name: "Season" }).waitFor();
    assert.equal(await filters.getByRole("group", { name: "Type" }).count(), 0, "all are dresses");
    assert.equal(await filters.getByRole("group", { name: "Color" }).count(), 0, "all are red");
    await open("/?q=women");
    const label = page.getByRole("complementary").locator("label").filter({ hasText: "Dresses" });
    const count = Number((await label.textContent()).match(/(\d+)$/)[1]);
    await label.click();
    await cardsBecome(page, "dresses", (all) => all.every((c) => typeOf(c) === "Dresses"));
    assert.equal(await total(page), count, "the count is what choosing it gives");
  });

  it("colors of one product are one card, and a card says why it is there", async () => {
    await open("/?q=women");
    const more = page.getByTestId("variants").first();
    assert.match(await more.textContent(), /^\+\d+ colors?$/);
    await page.getByLabel("Explain").check();
    await page.getByTestId("why").first().waitFor();
    assert.match(await page.getByTestId("why").first().textContent(), /Relevance\d+ %/);
    await screenshot(page, "why");
  });

  it("nothing fits is an answer", async () => {
    await open("/?q=paracetamol");
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  });

  it("search with the keyboard alone, up to opening a product", async () => {
    await open("/");
    await page.keyboard.press("/");
    await page.keyboard.type("sunglasses");
    await page.keyboard.press("Enter");
    await settled(page, "sunglasses");
    const [first] = await cards(page);
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.matches('[data-testid="card"]'))) break;
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/product/${first.id}`);
    await page.getByRole("heading", { level: 1, name: first.name }).waitFor();
  });

  it("filters: a color leaves only that color, also after a reload", async () => {
    await open("/");
    const red = countOf("baseColour", "Red");
    await pick(page.getByRole("complementary"), "Red");
    await cardsBecome(page, "all red", (all) => all.every((card) => card.color === "Red"));
    assert.equal(await total(page), red);
    await screenshot(page, "filtered");
    await page.reload();
    await settled(page);
    assert.ok((await cards(page)).every((card) => card.color === "Red"));
    await page.getByRole("button", { name: "Remove filter Red" }).click();
    await settled(page, "Everything");
    assert.equal(await total(page), rows.length);
  });

  it("filters: narrow a search, and several values of one facet widen it", async () => {
    await open("/?q=shoes");
    await pick(page.getByRole("complementary"), "Brown");
    await cardsBecome(page, "all brown", (all) => all.every((card) => card.color === "Brown"));
    await pick(page.getByRole("complementary"), "Black");
    await cardsBecome(page, "brown and black", (all) => new Set(all.map((c) => c.color)).size === 2);
    const shoes = rows.filter((r) => r.subCategory === "Shoes" && ["Brown", "Black"].includes(r.baseColour));
    const shown = await total(page);
    assert.ok(shown > 0 && shown <= shoes.length, "color variants are one product");
    assert.equal(await box(page).inputValue(), "shoes");
  });

  it("filters: a highest price leaves only what is cheaper", async () => {
    await open("/");
    const prices = (await cards(page)).map((card) => card.price).sort((a, b) => a - b);
    const limit = Math.ceil(prices[3]);
    await page.getByLabel("Highest price").fill(String(limit));
    await cardsBecome(page, `at most ${limit}`, (all) => all.every((card) => card.price <= limit));
    assert.ok((await total(page)) < rows.length);
  });

  it("filters: nothing left: says so, and starts over", async () => {
    await open("/?q=dress&min_price=99999999");
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
    await screenshot(page, "empty");
    await page.getByRole("button", { name: "Start over" }).click();
    await settled(page, "Everything");
    assert.equal(await box(page).inputValue(), "");
    assert.equal(await total(page), rows.length);
  });

  it("scrolling loads more, each product once", async () => {
    await open("/");
    for (const wanted of [2 * PAGE, 3 * PAGE]) {
      const all = await scrollOn(page, wanted);
      assert.equal(new Set(ids(all)).size, all.length);
    }
  });

  it("sorts by price, both ways", async () => {
    await open("/");
    const rising = (all) => all.every((card, i) => i === 0 || all[i - 1].price <= card.price);
    await page.getByLabel("Sort").selectOption({ label: "Price, low to high" });
    const [cheapest] = await cardsBecome(page, "ever dearer", rising);
    await page.getByLabel("Sort").selectOption({ label: "Price, high to low" });
    const [dearest] = await cardsBecome(page, "ever cheaper", (all) => rising([...all].reverse()));
    assert.ok(dearest.price > cheapest.price);
  });

  it("a product shows its details, and similar items lead on", async () => {
    await open("/");
    const [{ id, name }] = await cards(page);
    const row = rows.find((r) => r.id === id);
    await page.getByTestId("card").first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    const details = await page.getByRole("article").textContent();
    for (const value of [row.articleType, row.baseColour, row.gender, row.usage])
      assert.ok(details.includes(value), value);
    assert.match(details, /example price/i, "a made-up price says so");
    const photo = page.getByRole("img", { name });
    assert.ok(await photo.evaluate((img) => img.decode().then(() => img.naturalWidth > 100)));
    const similar = await cardsBecome(page, "eight similar ones", (all) => all.length === 8);
    assert.ok(!ids(similar).includes(id), "a product is not similar to itself");
    await screenshot(page, "product");
    await page.getByTestId("card").first().click();
    await page.waitForURL(`**/product/${similar[0].id}`);
    await page.getByRole("heading", { level: 1, name: similar[0].name }).waitFor();
    await scrolled(page, 0);
  });

  it("back keeps the words, the products and the place", async () => {
    await open("/?q=women");
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    const before = await cardsBecome(page, "two pages", (all) => all.length >= 2 * PAGE);
    await page.evaluate(() => window.scrollTo(0, 2000));
    await scrolled(page, 2000);
    const seen = page.getByTestId("card").nth(19);
    await seen.evaluate((card) => card.click());
    await page.waitForURL("**/product/*");
    await page.getByRole("button", { name: "Back" }).click();
    await settled(page, "women");
    await scrolled(page, 2000);
    assert.equal(await box(page).inputValue(), "women");
    assert.deepEqual(ids(await cards(page)).slice(0, before.length), ids(before));
  });

  it("the box follows the address", async () => {
    await open("/?q=dress");
    assert.equal(await box(page).inputValue(), "dress");
    await page.getByRole("link", { name: "weft" }).click();
    await settled(page, "Everything");
    assert.equal(await box(page).inputValue(), "");
    await page.goBack();
    await settled(page, "dress");
    assert.equal(await box(page).inputValue(), "dress");
  });

  it("a phone: the page fits, and filters in a drawer that keeps the focus", async () => {
    await open("/", PHONE);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await screenshot(page, "phone-home");
    const opener = page.getByRole("button", { name: "Filters" });
    await opener.click();
    const drawer = page.getByRole("dialog", { name: "Filters" });
    await pick(drawer, "Women");
    await drawer.getByRole("button", { name: `Show ${countOf("gender", "Women")} items` }).waitFor();
    await screenshot(page, "phone-drawer");
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => {
        const at = document.activeElement;
        return at === document.body || document.querySelector("dialog").contains(at);
      });
      assert.ok(inside, `Tab number ${i + 1} left the drawer`);
    }
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    assert.ok(await opener.evaluate((button) => button === document.activeElement));
    assert.equal(await total(page), countOf("gender", "Women"));
  });

  it("a phone: searches and opens a product", async () => {
    await open("/", PHONE);
    await searchFor(page, "wrist watch");
    const [first] = await cards(page);
    assert.equal(typeOf(first), "Watches", first.name);
    await page.getByTestId("card").first().tap();
    await page.getByRole("heading", { level: 1, name: first.name }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await screenshot(page, "phone-product");
  });

  it("a server in trouble is named, and asked again on demand", async () => {
    await open("/");
    const problem = { type: "about:blank", title: "Too many searches", status: 503, detail: "Try again in 2 seconds." };
    await page.route("**/api/v1/search/text", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }),
    );
    await box(page).fill("coat");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /Too many searches.*Try again in 2 seconds\./);
    assert.equal((await cards(page)).length, 0, "no stale results under an error");
    await screenshot(page, "error");
    await page.unroute("**/api/v1/search/text");
    await alert.getByRole("button", { name: "Try again" }).click();
    await cardsBecome(page, "any", () => true);
    assert.equal(await alert.count(), 0);
  });

  it("a server that is gone, and a lost connection", async () => {
    await open("/");
    await page.route("**/api/v1/search/text", (route) => route.abort("connectionrefused"));
    await box(page).fill("coat");
    await page.getByRole("alert").getByText("The shop cannot be reached").waitFor();
    await page.context().setOffline(true);
    await page.getByText("You are offline", { exact: false }).first().waitFor();
    await page.unroute("**/api/v1/search/text");
    await page.context().setOffline(false);
    await cardsBecome(page, "there again by themselves", () => true);
  });

  it("a file that is no photo is refused in words", async () => {
    await open("/");
    await dropPhoto(page, Buffer.from("not a photo at all"));
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /image/);
    await page.getByRole("button", { name: "Remove the photo" }).click();
    await cardsBecome(page, "the catalog again", (all) => all.length === PAGE);
  });

  it("a product that does not exist", async () => {
    await open("/");
    await page.goto(`${server.url}/product/no-such-thing`);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), /no-such-thing/);
  });
});
