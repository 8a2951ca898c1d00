import type { Dice, Terrain } from "./look.js";

interface Plot {
  dice: Dice;
  /** After this many pixels the land repeats. */
  period: number;
  width: number;
  height: number;
  /** 0 is the farthest range, 2 the nearest. */
  nth: number;
}

interface Outline {
  path: string;
  /** Bright things on the land: lit windows, glitter on water. */
  lights: string;
}

export function outlineOf(terrain: Terrain, plot: Plot): Outline {
  if (terrain === "city") return city(plot);
  if (terrain === "forest") return forest(plot);
  if (terrain === "meadow") return meadow(plot);
  const path = closed(plot, ridge(terrain, plot));
  return { path, lights: terrain === "sea" ? glitter(plot) : "" };
}

/** The height of the land at every x, from 0 (top of the layer) to its height; repeats with the period. */
function ridge(terrain: Exclude<Terrain, "city" | "meadow">, plot: Plot): (x: number) => number {
  const { dice, period, height, nth } = plot;
  const waves = { mountains: [1, 2, 3, 5, 9, 17], dunes: [1, 2, 3], sea: [7, 11, 19], forest: [1, 2, 4] }[
    terrain
  ];
  const calm = { mountains: 1, dunes: 0.62, sea: 0.07, forest: 0.42 }[terrain];
  const parts = waves.map((count) => ({
    turns: count + (terrain === "sea" ? nth : 0),
    size: 1 / (terrain === "mountains" ? count ** 0.85 : count ** 0.7),
    phase: dice() * Math.PI * 2,
  }));
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  return (x) => {
    const sum = parts.reduce((rise, { turns, size, phase }) => {
      const wave = Math.sin((x / period) * Math.PI * 2 * turns + phase);
      return rise + size * (terrain === "mountains" ? 1 - Math.abs(wave) : (wave + 1) / 2);
    }, 0);
    return height * (0.05 + 0.55 * (1 - (calm * sum) / total - (1 - calm) * 0.4));
  };
}

function closed(plot: Plot, heightAt: (x: number) => number): string {
  const points: string[] = [];
  for (let x = 0; x <= plot.width; x += 4) points.push(`${x},${heightAt(x).toFixed(1)}`);
  return `M0,${plot.height} L${points.join(" L")} L${plot.width},${plot.height} Z`;
}

/** Things that stand along one period, drawn again in the next so that the strip has no seam. */
function repeated(plot: Plot, draw: (shift: number) => string): string {
  return draw(0) + draw(plot.period);
}

function forest(plot: Plot): Outline {
  const heightAt = ridge("forest", plot);
  const size = plot.height * (0.09 + 0.06 * plot.nth);
  const count = Math.floor(plot.period / (size * 0.34));
  const trees = Array.from({ length: count }, () => {
    const x = plot.dice() * plot.period;
    return { x, tall: size * (0.6 + 0.7 * plot.dice()) };
  });
  const path = repeated(plot, (shift) =>
    trees
      .map(({ x, tall }) => {
        const foot = heightAt(x) + tall * 0.25;
        const left = x + shift;
        return `M${left - tall * 0.26},${foot} L${left},${foot - tall * 1.25} L${left + tall * 0.26},${foot} Z`;
      })
      .join(" "),
  );
  return { path: `${closed(plot, heightAt)} ${path}`, lights: "" };
}

/** Soft hills; blades of grass and flowers on the nearest. */
function meadow(plot: Plot): Outline {
  const heightAt = ridge("dunes", plot);
  if (plot.nth < 2) return { path: closed(plot, heightAt), lights: "" };
  const blades = Array.from({ length: Math.floor(plot.period / 5) }, () => ({
    x: plot.dice() * plot.period,
    tall: plot.height * (0.04 + 0.07 * plot.dice()),
    lean: (plot.dice() - 0.5) * plot.height * 0.05,
  }));
  const grass = repeated(plot, (shift) =>
    blades
      .map(({ x, tall, lean }) => {
        const foot = heightAt(x) + 4;
        return `M${x + shift - 2.5},${foot} L${x + shift + lean},${foot - tall} L${x + shift + 2.5},${foot} Z`;
      })
      .join(" "),
  );
  const flowers = blades.filter((_, at) => at % 9 === 0);
  const lights = repeated(plot, (shift) =>
    flowers
      .map(
        ({ x, tall }) =>
          `<circle cx="${x + shift}" cy="${heightAt(x) + tall * 2.4}" r="${2.5 + tall / 16}"/>`,
      )
      .join(""),
  );
  return { path: `${closed(plot, heightAt)} ${grass}`, lights };
}

function city(plot: Plot): Outline {
  const { dice, period, height, nth } = plot;
  const width = Math.max(height * (0.13 + 0.05 * nth), (period / 30) * (1 + 0.3 * nth));
  const count = Math.round(period / width);
  const houses = Array.from({ length: count }, (_, at) => ({
    x: (at * period) / count,
    top: height * (0.08 + 0.5 * dice() ** 0.8),
    wide: (period / count) * (0.86 + 0.14 * dice()),
  }));
  const walls = repeated(plot, (shift) =>
    houses.map(({ x, top, wide }) => `M${x + shift},${height} V${top} h${wide} V${height} Z`).join(" "),
  );
  const pane = width / 9;
  const windows = houses.flatMap(({ x, top }) =>
    Array.from({ length: 20 }, () => {
      const column = Math.floor(dice() * 4);
      const row = Math.floor(dice() * 16);
      return { x: x + pane * (1 + column * 1.9), y: top + pane * (1.5 + row * 2.3) };
    }),
  );
  const lights = repeated(plot, (shift) =>
    windows
      .map(({ x, y }) => `<rect x="${x + shift}" y="${y}" width="${pane}" height="${pane * 1.3}"/>`)
      .join(""),
  );
  const ground = `M0,${height} V${height * 0.66} H${plot.width} V${height} Z`;
  return { path: `${walls} ${ground}`, lights };
}

function glitter(plot: Plot): string {
  const dashes = Array.from({ length: 70 }, () => ({
    x: plot.dice() * plot.period,
    y: plot.height * (0.36 + 0.6 * plot.dice()),
    long: 10 + 34 * plot.dice(),
  }));
  return repeated(plot, (shift) =>
    dashes
      .map(
        ({ x, y, long }) =>
          `<rect x="${x + shift}" y="${y}" width="${long}" height="2.5" rx="1.2" fill-opacity=".4"/>`,
      )
      .join(""),
  );
}
