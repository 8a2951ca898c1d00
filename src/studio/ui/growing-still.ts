import type { Stills } from "./stills";

export interface Film extends Stills {
  id: string;
}

/** The name that a still and the player it grows into have in common for a view transition. */
export const filmName = "film";

let growing: { film: Film; still: HTMLElement } | null = null;

/** Called when a still is pressed: its page begins with it, before the page's own data is there. */
export function growFrom(film: Film, still: HTMLElement): void {
  // One element of a page has the name.
  const others = [...document.querySelectorAll<HTMLElement>("[data-film]"), growing?.still];
  for (const other of others) other?.style.removeProperty("view-transition-name");
  still.style.viewTransitionName = filmName;
  growing = { film, still };
}

/** The still that was pressed to come to the page of this film. */
export function stillOf(id: string): Film | null {
  return growing?.film.id === id ? growing.film : null;
}
