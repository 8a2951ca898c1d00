/** The scripts of the pages, by the first part of their addresses. The first page comes with the program itself. */
export const pages = {
  login: () => import("./features/login/LoginPage"),
  create: () => import("./features/create/CreatePage"),
  library: () => import("./features/library/LibraryPage"),
  videos: () => import("./features/video/VideoPage"),
  works: () => import("./features/work/WorkPage"),
  users: () => import("./features/user/UserPage"),
  wallet: () => import("./features/wallet/WalletPage"),
  income: () => import("./features/wallet/IncomePage"),
  me: () => import("./features/me/MePage"),
};

/** Loads the script of the page at a path, beside the program. */
export function loadPage(path: string): void {
  const [name = "", part] = path.split("/");
  const key = name === "wallet" && part === "income" ? "income" : name;
  // A failure is shown by the router, which asks again.
  if (key in pages) pages[key as keyof typeof pages]().catch(() => {});
}
