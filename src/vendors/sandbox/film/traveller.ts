import type { Look, Traveller } from "./look.js";
import { even, type Frame, type Layer } from "./scenery.js";

const red = "#f2545b";

/** Drawn in a box of 100 by 100 units, going to the right. */
const drawings: Record<Traveller, (look: Look) => string> = {
  balloon: ({ palette }) => `
    <path d="M50 4C26 4 12 21 12 40c0 18 20 30 30 42h16c10-12 30-24 30-42C88 21 74 4 50 4z" fill="${red}"/>
    <path d="M50 4C40 4 33 21 33 40c0 18 9 30 13 42h8c4-12 13-24 13-42C67 21 60 4 50 4z" fill="#fff3d9"/>
    <path d="M43 83l2 6h10l2-6" stroke="${palette.near}" stroke-width="1.4" fill="none"/>
    <rect x="43" y="88" width="14" height="10" rx="2.5" fill="#6b4226"/>`,
  birds: ({ palette }) =>
    [
      { x: 50, y: 40, wing: 20 },
      { x: 22, y: 58, wing: 14 },
      { x: 80, y: 56, wing: 15 },
      { x: 14, y: 78, wing: 10 },
      { x: 87, y: 76, wing: 11 },
    ]
      .map(({ x, y, wing }) => {
        const left = `q${wing * 0.6} ${-wing * 0.3} ${wing} ${wing * 0.35}`;
        const right = `q${wing * 0.4} ${-wing * 0.65} ${wing} ${-wing * 0.35}`;
        return `<path d="M${x - wing} ${y - wing * 0.35}${left}${right}" stroke="${palette.near}" stroke-width="3" stroke-linecap="round" fill="none"/>`;
      })
      .join(""),
  lantern: () => `
    <defs><radialGradient id="warm"><stop offset="0" stop-color="#ffd98a" stop-opacity=".85"/>
    <stop offset="1" stop-color="#ffb347" stop-opacity="0"/></radialGradient></defs>
    <circle cx="50" cy="50" r="50" fill="url(#warm)"/>
    <path d="M32 34q18-12 36 0l-5 34q-13 6-26 0z" fill="#ff9f45"/>
    <path d="M38 36q12-7 24 0l-3 30q-9 4-18 0z" fill="#ffe1a3"/>
    <ellipse cx="50" cy="68.5" rx="11" ry="2.6" fill="#8a3d1c"/>`,
  boat: ({ palette }) => `
    <path d="M48 8v62H14z" fill="#fffaf0"/><path d="M53 18v52h28z" fill="${palette.sun}"/>
    <path d="M50.5 4v70" stroke="${palette.near}" stroke-width="2.2"/><path d="M8 74h84l-12 18H20z" fill="${red}"/>`,
  cat: ({ palette }) => {
    const fur = palette.stars ? "#1d1a26" : "#e8853a";
    const legs = "M30 62L16 84M36 64L27 86M66 62L84 80M61 64L72 86";
    return `
    <path d="M26 54C14 52 8 42 10 28" stroke="${fur}" stroke-width="6" stroke-linecap="round" fill="none"/>
    <path d="${legs}" stroke="${fur}" stroke-width="6.5" stroke-linecap="round" fill="none"/>
    <ellipse cx="47" cy="56" rx="25" ry="13" fill="${fur}"/>
    <path d="M65 34L66 16L76 26H82L92 16L93 36Z" fill="${fur}"/><circle cx="79" cy="38" r="14" fill="${fur}"/>
    <path d="M38 44l-2 12M47 43v13M56 44l2 12" stroke="#fff" stroke-opacity=".35" stroke-width="3" stroke-linecap="round"/>
    <circle cx="75" cy="36" r="2.3" fill="#fff"/><circle cx="86" cy="36" r="2.3" fill="#fff"/>
    <path d="M79 42h5l-2.500 3z" fill="#ffd1c1"/>`;
  },
};

interface Walk {
  /** As a share of the frame's shorter side. */
  size: number;
  /** Where its foot is, as a share of the frame's height. */
  foot: number;
  /** How far it goes up and down, as an ffmpeg expression in pixels. */
  bob: string;
}

function walkOf(look: Look): Walk {
  if (look.traveller === "boat") return { size: 0.22, foot: 0.655, bob: "5*sin(t*1.7)" };
  if (look.traveller === "cat")
    return { size: 0.3, foot: look.terrain === "sea" ? 0.7 : 0.76, bob: "-22*abs(sin(t*6.5))" };
  return { size: 0.18, foot: 0.36 + 0.08 * look.dice(), bob: "14*sin(t*1.7)" };
}

/** One thing that crosses the frame while the film runs. */
export function travellerOf(look: Look, frame: Frame): Layer {
  const walk = walkOf(look);
  const size = even(Math.min(frame.width, frame.height) * walk.size);
  const mirror = look.direction === 1 ? "" : ' transform="translate(100 0) scale(-1 1)"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100"><g${mirror}>${drawings[look.traveller](look)}</g></svg>`;
  const from = look.direction === 1 ? frame.width * 0.06 : frame.width * 0.94 - size;
  const way = (frame.width * 0.88 - size) * look.direction;
  return {
    svg,
    width: size,
    height: size,
    x: `${from.toFixed(0)}+${way.toFixed(0)}*t/${frame.seconds}`,
    y: `${(frame.height * walk.foot - size).toFixed(0)}+${walk.bob}`,
  };
}
