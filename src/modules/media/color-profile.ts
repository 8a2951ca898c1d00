import type { TransferFunction } from "./color-curves.js";

/** x and y of a color (CIE 1931). */
export type Chromaticity = readonly [x: number, y: number];

/** Primaries, white point and transfer function of an RGB color space. */
export interface ColorSpace {
  red: Chromaticity;
  green: Chromaticity;
  blue: Chromaticity;
  white: Chromaticity;
  toLight: TransferFunction;
}

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** White point of all ICC profiles (ICC.1:2022, section 7.2.16). */
const d50: Triple = [0.9642, 1, 0.8249];
/** The Bradford matrix, from XYZ to cone responses. */
const toCones: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];
const curveSteps = 4096;

/** An ICC profile (ICC.1:2022) of this color space, for RGB or gray pictures. */
export function colorProfile(space: ColorSpace, model: "RGB " | "GRAY"): Buffer {
  const curve = curveTag(space.toLight);
  const tags: [string, Buffer][] = [["wtpt", xyzTag(d50)]];
  if (model === "GRAY") tags.push(["kTRC", curve]);
  else {
    const columns = transpose(primariesToD50(space));
    for (const [at, channel] of ["r", "g", "b"].entries()) {
      tags.push([`${channel}XYZ`, xyzTag(columns[at] as Triple)], [`${channel}TRC`, curve]);
    }
  }
  const head = Buffer.alloc(128 + 4 + tags.length * 12);
  head.writeUInt32BE(0x04300000, 8);
  head.write(`mntr${model}XYZ `, 12, "latin1");
  head.write("acsp", 36, "latin1");
  toFixed16(d50).copy(head, 68);
  head.writeUInt32BE(tags.length, 128);
  let size = head.length;
  for (const [at, [name, data]] of tags.entries()) {
    head.write(name, 132 + at * 12, "latin1");
    head.writeUInt32BE(size, 136 + at * 12);
    head.writeUInt32BE(data.length, 140 + at * 12);
    size += data.length;
  }
  head.writeUInt32BE(size, 0);
  return Buffer.concat([head, ...tags.map(([, data]) => data)]);
}

/** False for primaries outside the diagram or (nearly) on one line. */
export function isValidGamut({ red, green, blue, white }: Omit<ColorSpace, "toLight">): boolean {
  const sane = [red, green, blue, white].every(([x, y]) => x >= 0 && x <= 1 && y > 0 && y <= 1);
  const area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1]);
  return sane && Math.abs(area) > 0.001;
}

/** The matrix from linear RGB to XYZ with white point D50. */
function primariesToD50({ red, green, blue, white }: ColorSpace): Matrix {
  const colors = transpose([chromaticityToXyz(red), chromaticityToXyz(green), chromaticityToXyz(blue)]);
  const strengths = multiplyVector(invert(colors), chromaticityToXyz(white));
  const toXyz = multiply(colors, diagonal(strengths));
  const [from, to] = [multiplyVector(toCones, chromaticityToXyz(white)), multiplyVector(toCones, d50)];
  const adapted = diagonal([to[0] / from[0], to[1] / from[1], to[2] / from[2]]);
  return multiply(invert(toCones), multiply(adapted, multiply(toCones, toXyz)));
}

function chromaticityToXyz([x, y]: Chromaticity): Triple {
  return [x / y, 1, (1 - x - y) / y];
}

function xyzTag(xyz: Triple): Buffer {
  return Buffer.concat([Buffer.from("XYZ \0\0\0\0", "latin1"), toFixed16(xyz)]);
}

function curveTag(toLight: TransferFunction): Buffer {
  const tag = Buffer.alloc(12 + curveSteps * 2);
  tag.write("curv", "latin1");
  tag.writeUInt32BE(curveSteps, 8);
  for (let step = 0; step < curveSteps; step++) {
    const light = Math.min(1, Math.max(0, toLight(step / (curveSteps - 1))));
    tag.writeUInt16BE(Math.round(light * 0xffff), 12 + step * 2);
  }
  return tag;
}

/** s15Fixed16 numbers. */
function toFixed16(numbers: Triple): Buffer {
  const bytes = Buffer.alloc(12);
  for (const [at, number] of numbers.entries()) bytes.writeInt32BE(Math.round(number * 0x10000), at * 4);
  return bytes;
}

function multiplyVector(matrix: Matrix, [a, b, c]: Triple): Triple {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Triple;
}

function multiply(one: Matrix, other: Matrix): Matrix {
  return transpose(transpose(other).map((column) => multiplyVector(one, column)) as unknown as Matrix);
}

function transpose(matrix: Matrix): Matrix {
  return [0, 1, 2].map((at) => matrix.map((row) => row[at])) as unknown as Matrix;
}

function diagonal([a, b, c]: Triple): Matrix {
  return [
    [a, 0, 0],
    [0, b, 0],
    [0, 0, c],
  ];
}

function invert([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const size = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const parts: Matrix = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return parts.map((row) => row.map((part) => part / size)) as unknown as Matrix;
}
