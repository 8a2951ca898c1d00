import { createHash } from "node:crypto";

/** Colors of the sky from top to horizon, the sun, the farthest land and the nearest land. */
const palettes = {
  dawn: { sky: ["#2b3a67", "#b56576", "#ffcb9a"], sun: "#fff1d6", far: "#a9738b", near: "#241a35" },
  day: { sky: ["#1f6fc4", "#6fb6ec", "#dcf2fb"], sun: "#fffbe6", far: "#86b3c6", near: "#173f38" },
  dusk: { sky: ["#1b1b3a", "#6b2d5c", "#f0654f"], sun: "#ffd27a", far: "#8a3b5d", near: "#150e28" },
  night: { sky: ["#050b1f", "#10265a", "#3a6ea5"], sun: "#f4f6ff", far: "#28507f", near: "#050c1a" },
  aurora: { sky: ["#04151f", "#0b4250", "#35c3a8"], sun: "#eafff5", far: "#17706f", near: "#03161d" },
  desert: { sky: ["#3c8dad", "#f5c98a", "#fdebc8"], sun: "#fffaf0", far: "#dd9f66", near: "#5a2717" },
  mist: { sky: ["#16697a", "#82c0cc", "#f3ece5"], sun: "#ffffff", far: "#79aeab", near: "#0f333a" },
  glow: { sky: ["#3a0d3f", "#c2416b", "#fbb13c"], sun: "#fff0b8", far: "#a8446c", near: "#22082a" },
  spring: { sky: ["#2a86d1", "#8fd0f2", "#eef9e4"], sun: "#fffbe0", far: "#a5cf8b", near: "#1f5a36" },
} as const;
const terrains = ["mountains", "dunes", "sea", "forest", "city", "meadow"] as const;
export type Terrain = (typeof terrains)[number];
type Mood = keyof typeof palettes;

/** The first match with a terrain sets the terrain, the first with a mood sets the mood. */
const words: readonly { word: RegExp; terrain?: Terrain; mood?: Mood }[] = [
  { word: /night|moon|star|dark|夜|月|星/i, mood: "night" },
  { word: /sunset|dusk|evening|日落|黄昏|夕阳|傍晚/i, mood: "dusk" },
  { word: /dawn|sunrise|morning|日出|清晨|早晨|黎明/i, mood: "dawn" },
  { word: /grass|meadow|field|garden|park|草|田野|花园/i, terrain: "meadow", mood: "spring" },
  { word: /\b(sea|ocean|lake|river|beach|ship|boat|waves?)\b|海|湖|船|江|河/i, terrain: "sea" },
  { word: /forest|tree|wood|jungle|森林|树|竹/i, terrain: "forest" },
  { word: /city|street|town|tokyo|shanghai|neon|城|街|都市/i, terrain: "city" },
  { word: /desert|dune|sand|沙/i, terrain: "dunes", mood: "desert" },
  { word: /mountain|snow|peak|hill|valley|山|雪|谷/i, terrain: "mountains" },
  { word: /spring|sunny|春|阳光/i, mood: "spring" },
  { word: /mist|fog|rain|雾|雨/i, mood: "mist" },
];

export type FilmStyle = ReturnType<typeof getStyle>;

/** Chooses a style by words in the prompt, else by chance. */
export function getStyle(prompt: string) {
  let count = 0;
  /** From 0 to 1. Seeded by the prompt, so that its film always looks the same. */
  const random = () => createHash("sha256").update(`${count++} ${prompt}`).digest().readUInt32LE() / 2 ** 32;
  const pick = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)] as T;
  const named = words.filter(({ word }) => word.test(prompt));
  const terrain = named.find((found) => found.terrain)?.terrain ?? pick(terrains);
  const mood = named.find((found) => found.mood)?.mood ?? pick(Object.keys(palettes) as Mood[]);
  const isStarry = ["dusk", "night", "aurora"].includes(mood);
  const inTheAir = pick([isStarry ? "lantern" : "birds", "balloon"] as const);
  const isCat = /\b(cats?|kittens?|kitty)\b|猫/i.test(prompt);
  const traveler = isCat ? ("cat" as const) : terrain === "sea" ? ("boat" as const) : inTheAir;
  return { random, pick, terrain, traveler, isStarry, ...palettes[mood], direction: pick([1, -1]) };
}

/** Interpolates between two "#rrggbb" colors. */
export function blend(from: string, to: string, share: number): string {
  const [one, other] = [from, to].map((color) => Buffer.from(color.slice(1), "hex")) as [Buffer, Buffer];
  const mixed = one.map((value, at) => Math.round(value + ((other[at] ?? 0) - value) * share));
  return `#${Buffer.from(mixed).toString("hex")}`;
}
