/**
 * HDR light (cd/m²) that becomes SDR white, before highlights are compressed. HDR puts paper white at 203 (ITU-R
 * BT.2408), older material at 100. With 160, both look white and neither looks pale.
 */
export const hdrWhiteNits = 160;
/** Brighter HDR light (cd/m²) is clipped. HLG and most screens end here. */
export const hdrPeakNits = 1000;

/** Maps a signal to linear light, both 0 to 1. HDR light is tone mapped to SDR. */
export type TransferFunction = (signal: number) => number;

/** IEC 61966-2-1. */
export function srgbToLight(signal: number): number {
  return signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;
}

export function gamma(power: number): TransferFunction {
  return (signal) => Math.max(0, signal) ** power;
}

/** SMPTE ST 2084. */
export function pqToLight(signal: number): number {
  const root = Math.max(0, signal) ** (1 / 78.84375);
  return toneMap(
    10_000 * (Math.max(0, root - 0.8359375) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125),
  );
}

/** ITU-R BT.2100, on a screen of 1,000 cd/m². */
export function hlgToLight(signal: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  const scene = signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - c) / a) + b) / 12;
  return toneMap(hdrPeakNits * Math.max(0, scene) ** 1.2);
}

/** Maps HDR light to SDR as the `tonemap=mobius` filter does for videos. */
function toneMap(light: number): number {
  const [linear, peak, x] = [0.3, hdrPeakNits / hdrWhiteNits, light / hdrWhiteNits];
  if (x <= linear) return x;
  const a = (-(linear ** 2) * (peak - 1)) / (linear ** 2 - 2 * linear + peak);
  const b = (linear ** 2 - 2 * linear * peak + peak) / (peak - 1);
  return (((b + linear) ** 2 / (b - a)) * (x + a)) / (x + b);
}
