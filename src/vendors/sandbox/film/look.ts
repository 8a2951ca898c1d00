import { createHash } from "node:crypto";

/** Numbers from 0 to 1 that are the same for the same seed, so that a film always looks the same. */
export type Dice = () => number;

export function diceFrom(seed: string): Dice {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(dice: Dice, choices: readonly T[]): T {
  const choice = choices[Math.min(choices.length - 1, Math.floor(dice() * choices.length))];
  if (choice === undefined) throw new Error("nothing to pick from");
  return choice;
}

export interface Palette {
  /** Sky from top to horizon. */
  sky: readonly [string, string, string];
  sun: string;
  far: string;
  near: string;
  stars: boolean;
}

const palettes = {
  dawn: {
    sky: ["#2b3a67", "#b56576", "#ffcb9a"],
    sun: "#fff1d6",
    far: "#a9738b",
    near: "#241a35",
    stars: false,
  },
  day: {
    sky: ["#1f6fc4", "#6fb6ec", "#dcf2fb"],
    sun: "#fffbe6",
    far: "#86b3c6",
    near: "#173f38",
    stars: false,
  },
  dusk: {
    sky: ["#1b1b3a", "#6b2d5c", "#f0654f"],
    sun: "#ffd27a",
    far: "#8a3b5d",
    near: "#150e28",
    stars: true,
  },
  night: {
    sky: ["#050b1f", "#10265a", "#3a6ea5"],
    sun: "#f4f6ff",
    far: "#28507f",
    near: "#050c1a",
    stars: true,
  },
  aurora: {
    sky: ["#04151f", "#0b4250", "#35c3a8"],
    sun: "#eafff5",
    far: "#17706f",
    near: "#03161d",
    stars: true,
  },
  desert: {
    sky: ["#3c8dad", "#f5c98a", "#fdebc8"],
    sun: "#fffaf0",
    far: "#dd9f66",
    near: "#5a2717",
    stars: false,
  },
  mist: {
    sky: ["#16697a", "#82c0cc", "#f3ece5"],
    sun: "#ffffff",
    far: "#79aeab",
    near: "#0f333a",
    stars: false,
  },
  glow: {
    sky: ["#3a0d3f", "#c2416b", "#fbb13c"],
    sun: "#fff0b8",
    far: "#a8446c",
    near: "#22082a",
    stars: false,
  },
  spring: {
    sky: ["#2a86d1", "#8fd0f2", "#eef9e4"],
    sun: "#fffbe0",
    far: "#a5cf8b",
    near: "#1f5a36",
    stars: false,
  },
} as const satisfies Record<string, Palette>;

const terrains = ["mountains", "dunes", "sea", "forest", "city", "meadow"] as const;
export type Terrain = (typeof terrains)[number];
export type Traveller = "balloon" | "birds" | "lantern" | "boat" | "cat";

export interface Look {
  palette: Palette;
  terrain: Terrain;
  traveller: Traveller;
  /** Whether the land goes by to the left or to the right. */
  direction: 1 | -1;
  /** The key of the music, in semitones over A3. */
  keySemitones: number;
  dice: Dice;
}

const terrainWords: readonly [RegExp, Terrain][] = [
  [/grass|meadow|field|garden|park|草|田野|花园/i, "meadow"],
  [/\b(sea|ocean|lake|river|beach|ship|boat|waves?)\b|海|湖|船|江|河/i, "sea"],
  [/forest|tree|wood|jungle|森林|树|竹/i, "forest"],
  [/city|street|town|tokyo|shanghai|neon|城|街|都市/i, "city"],
  [/desert|dune|sand|沙/i, "dunes"],
  [/mountain|snow|peak|hill|valley|山|雪|谷/i, "mountains"],
];
const paletteWords: readonly [RegExp, keyof typeof palettes][] = [
  [/night|moon|star|dark|夜|月|星/i, "night"],
  [/sunset|dusk|evening|日落|黄昏|夕阳|傍晚/i, "dusk"],
  [/dawn|sunrise|morning|日出|清晨|早晨|黎明/i, "dawn"],
  [/grass|meadow|spring|sunny|草|春|阳光/i, "spring"],
  [/desert|sand|沙/i, "desert"],
  [/mist|fog|rain|雾|雨/i, "mist"],
];

const heard = <T>(prompt: string, words: readonly [RegExp, T][]): T | undefined =>
  words.find(([word]) => word.test(prompt))?.[1];

/** Everything that makes one prompt's film differ from another's; some words of it are heard. */
export function lookOf(prompt: string): Look {
  const dice = diceFrom(prompt);
  const anyTerrain = pick(dice, terrains);
  const anyPalette = pick(dice, Object.keys(palettes) as (keyof typeof palettes)[]);
  const terrain = heard(prompt, terrainWords) ?? anyTerrain;
  const palette = palettes[heard(prompt, paletteWords) ?? anyPalette];
  const inTheAir: Traveller = palette.stars
    ? pick(dice, ["lantern", "balloon"])
    : pick(dice, ["birds", "balloon"]);
  const traveller = /\b(cats?|kittens?|kitty)\b|猫/i.test(prompt)
    ? "cat"
    : terrain === "sea"
      ? "boat"
      : inTheAir;
  return {
    palette,
    terrain,
    traveller,
    direction: dice() < 0.5 ? 1 : -1,
    keySemitones: Math.floor(dice() * 12),
    dice,
  };
}

/** The colour that lies `share` of the way from one "#rrggbb" to another. */
export function blend(from: string, to: string, share: number): string {
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(channel(from, at) * (1 - share) + channel(to, at) * share)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${mixed.join("")}`;
}
