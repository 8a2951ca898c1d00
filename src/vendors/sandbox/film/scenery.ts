import { blend, type Dice, type Look } from "./look.js";
import { outlineOf } from "./terrain.js";

/** One picture of the stage, drawn as SVG, and how it moves. All lengths in pixels of the frame. */
export interface Layer {
  svg: string;
  width: number;
  height: number;
  /** Where its left and top edges are at second `t`, as ffmpeg expressions. */
  x: string;
  y: string;
}

export interface Frame {
  width: number;
  height: number;
  seconds: number;
}

export const even = (value: number) => 2 * Math.round(value / 2);

const svg = (width: number, height: number, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;

/** The sky is taller than the frame: the camera tilts over it while the film runs. */
export function skyOf(look: Look, frame: Frame): { svg: string; height: number } {
  const { width } = frame;
  const height = even(frame.height * 1.14);
  const { palette, dice } = look;
  const sunX = width * (0.22 + 0.56 * dice());
  const sunY = height * (0.26 + 0.16 * dice());
  const radius = Math.min(width, height) * (0.07 + 0.05 * dice());
  const stops = palette.sky.map(
    (colour, at) => `<stop offset="${[0, 42, 70][at]}%" stop-color="${colour}"/>`,
  );
  const body = `<defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient>
    <radialGradient id="glow"><stop offset="0" stop-color="${palette.sun}" stop-opacity=".75"/>
    <stop offset=".35" stop-color="${palette.sun}" stop-opacity=".22"/>
    <stop offset="1" stop-color="${palette.sun}" stop-opacity="0"/></radialGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#sky)"/>
    ${palette.stars ? stars(dice, width, height * 0.5) : ""}
    <circle cx="${sunX}" cy="${sunY}" r="${radius * 4.2}" fill="url(#glow)"/>
    <circle cx="${sunX}" cy="${sunY}" r="${radius}" fill="${palette.sun}"/>`;
  return { svg: svg(width, height, body), height };
}

function stars(dice: Dice, width: number, height: number): string {
  return Array.from({ length: 90 }, () => {
    const radius = 0.7 + 1.3 * dice() ** 3;
    return `<circle cx="${width * dice()}" cy="${height * dice()}" r="${radius}" fill="#fff" fill-opacity="${0.25 + 0.65 * dice()}"/>`;
  }).join("");
}

/** A strip as long as its period plus the frame, so that it can go by without an end. */
function endless(look: Look, frame: Frame, speed: number): { period: number; width: number; x: string } {
  const period = even(frame.width * 1.5);
  const shift = `mod(t*${speed.toFixed(1)}\\,${period})`;
  return {
    period,
    width: period + frame.width,
    x: look.direction === 1 ? `-${shift}` : `${shift}-${period}`,
  };
}

export function cloudsOf(look: Look, frame: Frame): Layer {
  const { dice } = look;
  const strip = endless(look, frame, frame.width * 0.018);
  const height = even(frame.height * 0.3);
  const unit = Math.min(frame.width, frame.height);
  const clouds = Array.from({ length: 6 }, (_, nth) => {
    const middle = ((nth + 0.2 + 0.6 * dice()) / 6) * strip.period;
    const top = height * (0.2 + 0.6 * dice());
    const length = unit * (0.16 + 0.16 * dice());
    const puffs = [-0.9, -0.3, 0.35, 0.9].map((at) => ({
      x: middle + at * length,
      y: top + unit * 0.012 * (dice() - 0.5),
      rx: length * (0.8 + 0.5 * dice()),
    }));
    return [0, strip.period, -strip.period]
      .flatMap((shift) =>
        puffs.map(
          ({ x, y, rx }) =>
            `<ellipse cx="${x + shift}" cy="${y}" rx="${rx}" ry="${rx * 0.2}" fill="url(#puff)"/>`,
        ),
      )
      .join("");
  });
  const colour = blend(look.palette.sun, look.palette.sky[2], 0.35);
  const body = `<defs><radialGradient id="puff"><stop offset="0" stop-color="${colour}" stop-opacity=".34"/>
    <stop offset=".5" stop-color="${colour}" stop-opacity=".2"/>
    <stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient></defs>${clouds.join("")}`;
  return {
    svg: svg(strip.width, height, body),
    width: strip.width,
    height,
    x: strip.x,
    y: `${even(frame.height * 0.1)}`,
  };
}

/** Where each range of land begins and ends, as shares of the frame's height, from far to near. */
const ranges = [
  { top: 0.46, bottom: 0.76, speed: 0.03 },
  { top: 0.57, bottom: 0.88, speed: 0.07 },
  { top: 0.69, bottom: 1, speed: 0.14 },
] as const;

export function landOf(look: Look, frame: Frame): Layer[] {
  return ranges.map((range, nth) => {
    const strip = endless(look, frame, frame.width * range.speed);
    const height = even(frame.height * (range.bottom - range.top));
    const colour = blend(look.palette.far, look.palette.near, nth / 2);
    const haze = blend(colour, look.palette.sky[2], nth === 2 ? 0 : 0.38 - 0.14 * nth);
    const outline = outlineOf(look.terrain, {
      dice: look.dice,
      period: strip.period,
      width: strip.width,
      height,
      nth,
    });
    const body = `<defs><linearGradient id="land" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour}"/>
      <stop offset="1" stop-color="${haze}"/></linearGradient></defs>
      <path d="${outline.path}" fill="url(#land)"/>
      <g fill="${blend(look.palette.sun, colour, 0.25)}" fill-opacity="${0.75 - 0.15 * nth}">${outline.lights}</g>`;
    const y = even(frame.height * range.top);
    return { svg: svg(strip.width, height, body), width: strip.width, height, x: strip.x, y: `${y}` };
  });
}
