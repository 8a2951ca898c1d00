import "./ui/tokens.css";
import "./ui/base.css";
import { askEarly, preloadStills } from "./app/early";
import { root } from "./app/root";
import { language, loadWords } from "./app/words";
import { loadPage } from "./pages";

if (import.meta.env.PROD) askEarly();
// The words, the page and the program are loaded side by side.
const words = loadWords(language());
void import("./main").then(async ({ start }) => {
  void preloadStills();
  start(await words);
});
loadPage(location.pathname.slice(root.pathname.length));
// The browser reads its rules of the language meanwhile, which the first texts with numbers would wait for.
new Intl.PluralRules(document.documentElement.lang);
new Intl.NumberFormat(document.documentElement.lang);
