import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** V8's: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile. Times in microseconds. */
interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

interface CallFrame {
  functionName: string;
  url: string;
}

interface Frame {
  name: string;
  from: string;
  us: number;
  callees: Map<string, Frame>;
}

export function readProfile(folder: string): CpuProfile {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  if (!file) throw new Error(`there is no profile in ${folder}`);
  return JSON.parse(readFileSync(join(folder, file), "utf8"));
}

/** Where the processor's time went between two moments of the machine's monotonic clock: callers below, callees above. */
export function flameGraph(
  profile: CpuProfile,
  title: string,
  window: { fromUs: number; toUs: number },
): string {
  const root = framesOf(profile, window);
  const rows = depthOf(root);
  const height = (rows + 2) * rowHeight;
  const drawn: string[] = [];
  draw(root, 0, width, height - rowHeight, root.us, drawn);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="10">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="6" y="14" font-size="12">${escaped(title)}</text>`,
    ...Object.entries(colors).map(
      ([from, color], n) =>
        `<rect x="${500 + n * 170}" y="4" width="10" height="10" fill="${color}"/><text x="${515 + n * 170}" y="13">${from}</text>`,
    ),
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

const width = 1200;
const rowHeight = 15;
/** Narrower ones could not be seen. */
const narrowest = 0.5;
const symbolWidth = 6.1;
const colors: Record<string, string> = {
  "this project": "#e8a33d",
  libraries: "#8fb8de",
  "Node.js": "#b9d7a8",
  "V8, system calls": "#d0c4c4",
};

function framesOf(profile: CpuProfile, { fromUs, toUs }: { fromUs: number; toUs: number }): Frame {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const callers = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const pathOf = (id: number): CallFrame[] => {
    const path: CallFrame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
      path.unshift((byId.get(at) as CpuProfile["nodes"][number]).callFrame);
    }
    return path;
  };
  const root: Frame = { name: "busy", from: "Node.js", us: 0, callees: new Map() };
  let now = profile.startTime;
  for (const [n, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[n] as number;
    now += us;
    const path = pathOf(id).slice(1);
    if (now < fromUs || now > toUs || path[0]?.functionName === "(idle)") continue;
    add(root, path, us);
  }
  return root;
}

function add(root: Frame, path: readonly CallFrame[], us: number): void {
  root.us += us;
  let frame = root;
  for (const { functionName, url } of path) {
    const name = functionName || "(anonymous)";
    const key = `${name} ${url}`;
    let callee = frame.callees.get(key);
    if (!callee) {
      callee = { name: `${name} ${placeOf(url)}`.trim(), from: sourceOf(url), us: 0, callees: new Map() };
      frame.callees.set(key, callee);
    }
    callee.us += us;
    frame = callee;
  }
}

function sourceOf(url: string): string {
  if (url === "") return "V8, system calls";
  if (url.startsWith("node:")) return "Node.js";
  return url.includes("/node_modules/") ? "libraries" : "this project";
}

/** Without the folders of the machine. */
function placeOf(url: string): string {
  const [, after] = url.split(/\/(?:node_modules|dist)\/(?!.*\/node_modules\/)/);
  return after ?? (url.startsWith("node:") ? url : "");
}

function depthOf({ callees, us }: Frame, whole = us): number {
  const seen = [...callees.values()].filter((callee) => (callee.us / whole) * width >= narrowest);
  return 1 + Math.max(0, ...seen.map((callee) => depthOf(callee, whole)));
}

function draw(frame: Frame, x: number, w: number, y: number, whole: number, into: string[]): void {
  const share = ((100 * frame.us) / whole).toFixed(1);
  const room = Math.floor((w - 4) / symbolWidth);
  const text =
    room >= 4
      ? `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escaped(frame.name.slice(0, room))}</text>`
      : "";
  into.push(
    `<g><title>${escaped(frame.name)}: ${share} %</title><rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${rowHeight - 1}" fill="${colors[frame.from]}"/>${text}</g>`,
  );
  let left = x;
  for (const callee of [...frame.callees.values()].sort((a, b) => b.us - a.us)) {
    const calleeWidth = (callee.us / whole) * width;
    if (calleeWidth >= narrowest) draw(callee, left, calleeWidth, y - rowHeight, whole, into);
    left += calleeWidth;
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
