// Draws docs/pictures/demo.svg: runs the real demo, and puts what it printed beside a frame of the
// watermarked preview and of the clean file that it saved. `npm run picture`.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { findFfmpeg } from "../../dist/platform/ffmpeg/ffmpeg-path.js";

const run = promisify(execFile);
const command = 'npm run demo -- "a cat running on grass"';
const out = mkdtempSync(join(tmpdir(), "skyriff-picture-"));

const { stdout } = await run(process.execPath, [
  ...["src/cli/bin.mjs", "demo", "a cat running on grass", "--out", out],
]);
const lines = [`$ ${command}`, "", ...stdout.replaceAll(out, "demo-output").trimEnd().split("\n")];
const stills = await Promise.all(["preview", "clean"].map(stillOf));
writeFileSync("docs/pictures/demo.svg", draw(lines, stills));
rmSync(out, { recursive: true, force: true });

async function stillOf(name) {
  const ffmpeg = await findFfmpeg({ setting: undefined, searchPath: process.env.PATH });
  const frame = join(out, `${name}.png`);
  await run(ffmpeg, [
    "-v",
    "error",
    "-y",
    "-ss",
    "4",
    "-i",
    join(out, `${name}.mp4`),
    "-frames:v",
    "1",
    frame,
  ]);
  const webp = await sharp(frame).resize(236).webp({ quality: 78 }).toBuffer();
  return `data:image/webp;base64,${webp.toString("base64")}`;
}

function draw(text, [preview, clean]) {
  const lineHeight = 19;
  const height = Math.max(text.length * lineHeight + 70, 520);
  const escaped = (line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const rows = text.map((line, n) => {
    const fill = line.startsWith("$") ? "#9ece6a" : line.startsWith("✓") ? "#7dcfff" : "#c0caf5";
    return `<text x="28" y="${58 + n * lineHeight}" fill="${fill}" xml:space="preserve">${escaped(line)}</text>`;
  });
  const dots = ["#f7768e", "#e0af68", "#9ece6a"].map(
    (c, n) => `<circle cx="${28 + n * 18}" cy="22" r="6" fill="${c}"/>`,
  );
  const still = (x, label, href) =>
    `<image x="${x}" y="40" width="236" height="420" href="${href}"/><text x="${x}" y="484" fill="#c0caf5">${label}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1180" height="${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13.5">
<rect width="100%" height="100%" rx="10" fill="#1a1b26"/>
${dots.join("")}
${rows.join("\n")}
${still(650, "preview.mp4, free", preview)}
${still(914, "clean.mp4, 6 credits", clean)}
</svg>
`;
}
