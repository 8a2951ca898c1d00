import sharp from "sharp";
import { blend, type FilmStyle, type Terrain } from "./style.js";

export type Frame = { width: number; height: number; seconds: number };
/** An image and the position of its top left corner at second `t`, as ffmpeg expressions in pixels. */
export type Layer = { png: Buffer; x: string; y: string };
type Stop = [at: number, color: string, opacity?: number];

export const even = (value: number) => 2 * Math.round(value / 2);
const list = <T>(count: number, make: (nth: number) => T): T[] =>
  Array.from({ length: Math.floor(count) }, (_, nth) => make(nth));

const stopOf = ([at, color, opacity = 1]: Stop) =>
  `<stop offset="${at}" stop-color="${color}" stop-opacity="${opacity}"/>`;
/** From top to bottom, or from the center outwards. */
export const gradient = (kind: "linear" | "radial", id: string, ...stops: Stop[]) =>
  `<${kind}Gradient id="${id}" x2="0" y2="1">${stops.map(stopOf).join("")}</${kind}Gradient>`;

export function drawSvg(width: number, height: number, body: string) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  return sharp(Buffer.from(svg), { unlimited: true }).png({ compressionLevel: 1 });
}

/** The camera tilts over a sky that is taller than the frame. */
export async function drawSky({ random, sky, sun, isStarry }: FilmStyle, frame: Frame): Promise<Layer> {
  const [width, height] = [frame.width, even(frame.height * 1.14)];
  const radius = Math.min(width, height) * (0.07 + 0.05 * random());
  const place = `cx="${width * (0.22 + 0.56 * random())}" cy="${height * (0.26 + 0.16 * random())}"`;
  const stars = list(isStarry ? 90 : 0, () => {
    const [x, y, size] = [width * random(), (height / 2) * random(), 0.7 + 1.3 * random() ** 3];
    return `<circle cx="${x}" cy="${y}" r="${size}" fill="#fff" fill-opacity="${0.25 + 0.65 * random()}"/>`;
  });
  const body = `${gradient("linear", "sky", [0, sky[0]], [0.42, sky[1]], [0.7, sky[2]])}
    ${gradient("radial", "glow", [0, sun, 0.75], [0.35, sun, 0.22], [1, sun, 0])}
    <rect width="100%" height="100%" fill="url(#sky)"/>${stars.join("")}
    <circle ${place} r="${radius * 4.2}" fill="url(#glow)"/><circle ${place} r="${radius}" fill="${sun}"/>`;
  const png = await drawSvg(width, height, body).toBuffer();
  return { png, x: "0", y: `${height - frame.height}*(1-t/${frame.seconds})` };
}

type Body = (period: number, height: number) => string;

/** A strip that scrolls endlessly and repeats after 1.5 frame widths. `speed` is in frame widths a second. */
async function strip(
  style: FilmStyle,
  frame: Frame,
  speed: number,
  top: number,
  bodyOf: Body,
): Promise<Layer> {
  const [period, height] = [even(frame.width * 1.5), even(frame.height * 0.31)];
  const shift = `mod(t*${(frame.width * speed).toFixed(1)}\\,${period})`;
  const body = `<g id="once">${bodyOf(period, height)}</g>
    <use href="#once" x="${period}"/><use href="#once" x="-${period}"/>`;
  const x = style.direction === 1 ? `-${shift}` : `${shift}-${period}`;
  const y = `${even(frame.height * top)}`;
  return { png: await drawSvg(period + frame.width, height, body).toBuffer(), x, y };
}

export function drawClouds(style: FilmStyle, frame: Frame): Promise<Layer> {
  const color = blend(style.sun, style.sky[2], 0.35);
  return strip(style, frame, 0.018, 0.1, (period, height) => {
    const puffs = list(24, (nth) => {
      const x = (period * (Math.floor(nth / 4) + 0.5 + 0.14 * (nth % 4) + 0.1 * style.random())) / 6;
      const radius = Math.min(frame.width, frame.height) * (0.16 + 0.2 * style.random());
      const y = height * (0.2 + 0.6 * (((Math.floor(nth / 4) * 5) % 7) / 7) + 0.03 * style.random());
      return `<ellipse cx="${x}" cy="${y}" rx="${radius}" ry="${radius * 0.2}" fill="url(#puff)"/>`;
    });
    return gradient("radial", "puff", [0, color, 0.34], [0.5, color, 0.2], [1, color, 0]) + puffs.join("");
  });
}

/** Three ranges of land, from far to near. */
export function drawLand(style: FilmStyle, frame: Frame): Promise<Layer>[] {
  const { random, sun, sky, far, near, terrain } = style;
  const { level, swing, turns, things } = terrains[terrain];
  return [0.46, 0.57, 0.69].map((top, nth) =>
    strip(style, frame, [0.03, 0.07, 0.14][nth] ?? 0, top, (period, height) => {
      const waves = turns.map((count) => ({ count, phase: random() * 2 * Math.PI }));
      const heightAt = (x: number) => {
        const rises = waves.map(({ count, phase }) => {
          const wave = Math.sin((x / period) * 2 * Math.PI * count + phase);
          return (terrain === "mountains" ? 1 - Math.abs(wave) : (wave + 1) / 2) / count ** 0.75;
        });
        return height * rises.reduce((sum, rise) => sum - swing * rise, level);
      };
      const ground = list(period / 4 + 1, (step) => `L${step * 4},${heightAt(step * 4).toFixed(1)}`);
      const count = ((things?.densities[nth] ?? 0) * period) / height;
      const standing = list(count, (at) => {
        const x = (period * (at + random() * 0.4)) / count;
        return `<g transform="translate(${x} ${heightAt(x)}) scale(${height})">${things?.draw(random, nth)}</g>`;
      });
      const color = blend(far, near, nth / 2);
      return `${gradient("linear", "land", [0, color], [1, blend(color, sky[2], [0.38, 0.24, 0][nth] ?? 0)])}
        <path d="M0,${height}${ground.join("")}V${height}Z" fill="url(#land)"/>
        <g fill="${color}" color="${blend(sun, color, 0.25 + 0.15 * nth)}">${standing.join("")}</g>`;
    }),
  );
}

type Scenery = { densities: number[]; draw: (random: () => number, nth: number) => string };
/**
 * `level` and `swing`: the mean depth and the amplitude of the skyline. `turns`: its waves per period. `densities`: the
 * number of things on each range. `draw`: one thing with its foot at 0,0. Lengths are fractions of a range's height.
 */
const terrains: Record<Terrain, { level: number; swing: number; turns: number[]; things?: Scenery }> = {
  mountains: { level: 0.6, swing: 0.2, turns: [1, 2, 3, 5, 9, 17] },
  dunes: { level: 0.52, swing: 0.17, turns: [1, 2, 3] },
  sea: { level: 0.4, swing: 0.1, turns: [8, 12, 20], things: { densities: [8, 8, 8], draw: drawGlitter } },
  forest: { level: 0.47, swing: 0.12, turns: [1, 2, 4], things: { densities: [32, 20, 14], draw: drawTree } },
  meadow: { level: 0.52, swing: 0.17, turns: [1, 2, 3], things: { densities: [0, 0, 45], draw: drawGrass } },
  city: { level: 0.66, swing: 0, turns: [], things: { densities: [6, 4.5, 3.4], draw: drawHouse } },
};

function drawGlitter(random: () => number) {
  const place = `x="${random() * 0.1}" y="${0.02 + 0.55 * random()}" width="${0.03 + 0.1 * random()}"`;
  return `<rect ${place} height=".008" rx=".004" fill="currentColor" fill-opacity=".3"/>`;
}

function drawTree(random: () => number, nth: number) {
  const tall = (0.1 + 0.07 * nth) * (0.6 + 0.7 * random());
  return `<path d="M${-0.22 * tall} ${0.25 * tall}L0 ${-tall}L${0.22 * tall} ${0.25 * tall}Z"/>`;
}

function drawGrass(random: () => number) {
  const [tall, lean] = [0.04 + 0.07 * random(), 0.06 * (random() - 0.5)];
  const flower = `<circle cy="${0.06 + 2 * tall}" r=".012" fill="currentColor" fill-opacity=".6"/>`;
  return `<path d="M-.008 .01L${lean} ${-tall}L.008 .01Z"/>${random() < 0.12 ? flower : ""}`;
}

/** With some of its windows lit. */
function drawHouse(random: () => number, nth: number) {
  const [tall, wide] = [0.08 + 0.5 * random() ** 1.2, 0.15 + 0.06 * nth];
  const size = `width="${wide / 9}" height="${wide / 7}"`;
  const windows = list(20, () => {
    const [column, row] = [Math.floor(random() * 4), Math.floor(random() * 14)];
    return `<rect x="${wide * (0.1 + 0.22 * column)}" y="${0.03 + 0.04 * row - tall}" ${size}/>`;
  });
  return `<path d="M0 .34V${-tall}H${wide}V.34Z"/><g fill="currentColor" fill-opacity=".6">${windows.join("")}</g>`;
}
