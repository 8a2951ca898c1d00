import { drawSvg, even, type Frame, type Layer } from "./landscape.js";
import type { FilmStyle } from "./style.js";

const red = "#f2545b";
const bird = (x: number, y: number, size: number) =>
  `<path transform="translate(${x} ${y}) scale(${size})" d="M-1-.35q.6-.3 1 .35q.4-.65 1-.35" stroke-width="${3 / size}"/>`;

/** Drawn in a box of 100 by 100 units, going to the right. */
const drawings: Record<FilmStyle["traveler"], (style: FilmStyle) => string> = {
  balloon: ({ near }) => `
    <path d="M50 4C26 4 12 21 12 40c0 18 20 30 30 42h16c10-12 30-24 30-42C88 21 74 4 50 4z" fill="${red}"/>
    <path d="M50 4C40 4 33 21 33 40c0 18 9 30 13 42h8c4-12 13-24 13-42C67 21 60 4 50 4z" fill="#fff3d9"/>
    <path d="M43 83l2 6h10l2-6" stroke="${near}" stroke-width="1.4" fill="none"/>
    <rect x="43" y="88" width="14" height="10" rx="2.5" fill="#6b4226"/>`,
  birds: ({ near }) => `<g stroke="${near}" stroke-linecap="round" fill="none">
    ${bird(50, 40, 20)}${bird(22, 58, 14)}${bird(80, 56, 15)}${bird(14, 78, 10)}${bird(87, 76, 11)}</g>`,
  lantern: () => `
    <radialGradient id="warm"><stop stop-color="#ffd98a" stop-opacity=".85"/>
    <stop offset="1" stop-color="#ffb347" stop-opacity="0"/></radialGradient>
    <circle cx="50" cy="50" r="50" fill="url(#warm)"/>
    <path d="M32 34q18-12 36 0l-5 34q-13 6-26 0z" fill="#ff9f45"/>
    <path d="M38 36q12-7 24 0l-3 30q-9 4-18 0z" fill="#ffe1a3"/>
    <ellipse cx="50" cy="68.5" rx="11" ry="2.6" fill="#8a3d1c"/>`,
  boat: ({ sun, near }) => `
    <path d="M48 8v62H14z" fill="#fffaf0"/><path d="M53 18v52h28z" fill="${sun}"/>
    <path d="M50.5 4v70" stroke="${near}" stroke-width="2.2"/><path d="M8 74h84l-12 18H20z" fill="${red}"/>`,
  cat: ({ isStarry }) => `
    <g stroke-linecap="round" stroke-width="6.5" stroke="${isStarry ? "#1d1a26" : "#e8853a"}" fill="none">
    <path d="M26 54C14 52 8 42 10 28M30 62L16 84M36 64L27 86M66 62L84 80M61 64L72 86"/></g>
    <g fill="${isStarry ? "#1d1a26" : "#e8853a"}"><ellipse cx="47" cy="56" rx="25" ry="13"/>
    <path d="M65 34L66 16L76 26H82L92 16L93 36Z"/><circle cx="79" cy="38" r="14"/></g>
    <path d="M38 44l-2 12M47 43v13M56 44l2 12" stroke="#fff" opacity=".35" stroke-width="3" stroke-linecap="round"/>
    <g fill="#fff"><circle cx="75" cy="36" r="2.3"/><circle cx="86" cy="36" r="2.3"/></g>
    <path d="M79 42h5l-2.5 3z" fill="#ffd1c1"/>`,
};

/** One thing that crosses the frame while the film runs. */
export async function drawTraveler(style: FilmStyle, frame: Frame): Promise<Layer> {
  const [share, foot, bob] = {
    balloon: [0.18, 0.36 + 0.08 * style.random(), "14*sin(t*1.7)"] as const,
    boat: [0.22, 0.655, "5*sin(t*1.7)"] as const,
    cat: [0.3, style.terrain === "sea" ? 0.7 : 0.76, "-22*abs(sin(t*6.5))"] as const,
  }[style.traveler === "cat" || style.traveler === "boat" ? style.traveler : "balloon"];
  const size = even(Math.min(frame.width, frame.height) * share);
  const way = frame.width * 0.88 - size;
  const [start, turned] = style.direction === 1 ? [0, ""] : [way, " translate(100 0) scale(-1 1)"];
  const body = `<g transform="scale(${size / 100})${turned}">${drawings[style.traveler](style)}</g>`;
  const x = `${(frame.width * 0.06 + start).toFixed(0)}+${(way * style.direction).toFixed(0)}*t/${frame.seconds}`;
  const y = `${(frame.height * foot - size).toFixed(0)}+${bob}`;
  return { png: await drawSvg(size, size, body).toBuffer(), x, y };
}
