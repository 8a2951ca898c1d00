import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { BrokenPage, MissingPage } from "./app/pages-of-last-resort";
import { root as rootUrl } from "./app/root";
import { Shell } from "./app/Shell";
import { FeedPage } from "./features/feed/FeedPage";
import { pages } from "./pages";

/** Where the pages are. The feed comes with the first script, every other page with its own. */
const root = createRootRoute({
  component: Shell,
  notFoundComponent: MissingPage,
  errorComponent: BrokenPage,
});

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** A search parameter that is one of these words. The first one is left out of addresses. */
const oneOf =
  <T extends string>(...words: [T, ...T[]]) =>
  (value: unknown): T | undefined =>
    words.slice(1).includes(value as T) ? (value as T) : undefined;

const tabOf = oneOf("videos", "works", "favorites", "prompts");
const feedOf = oneOf("discover", "hot", "following", "creators");

const feed = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: FeedPage,
  validateSearch: ({ feed }): { feed?: "discover" | "hot" | "following" | "creators" } => ({
    feed: feedOf(feed),
  }),
});
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: lazyRouteComponent(pages.login, "LoginPage"),
  validateSearch: ({ to }): { to?: string } => ({ to: text(to) }),
});

const create = createRoute({
  getParentRoute: () => root,
  path: "/create",
  component: lazyRouteComponent(pages.create, "CreatePage"),
  validateSearch: ({ from, remix }): { from?: string; remix?: string } => ({
    from: text(from),
    remix: text(remix),
  }),
});
const library = createRoute({
  getParentRoute: () => root,
  path: "/library",
  component: lazyRouteComponent(pages.library, "LibraryPage"),
  validateSearch: ({ tab, project }): { tab?: "works" | "favorites" | "prompts"; project?: string } => ({
    tab: tabOf(tab) as "works" | undefined,
    project: text(project),
  }),
});
const video = createRoute({
  getParentRoute: () => root,
  path: "/videos/$id",
  component: lazyRouteComponent(pages.videos, "VideoPage"),
});
const work = createRoute({
  getParentRoute: () => root,
  path: "/works/$id",
  component: lazyRouteComponent(pages.works, "WorkPage"),
});
const user = createRoute({
  getParentRoute: () => root,
  path: "/users/$id",
  component: lazyRouteComponent(pages.users, "UserPage"),
});
const wallet = createRoute({
  getParentRoute: () => root,
  path: "/wallet",
  component: lazyRouteComponent(pages.wallet, "WalletPage"),
});
const income = createRoute({
  getParentRoute: () => root,
  path: "/wallet/income",
  component: lazyRouteComponent(pages.income, "IncomePage"),
});
const me = createRoute({
  getParentRoute: () => root,
  path: "/me",
  component: lazyRouteComponent(pages.me, "MePage"),
});

export const router = createRouter({
  routeTree: root.addChildren([feed, login, create, library, video, work, user, wallet, income, me]),
  basepath: rootUrl.pathname,
  defaultPreload: false,
  scrollRestoration: true,
  // Back and forward show the page at once. Its data is in the cache.
  defaultPendingMs: 150,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
