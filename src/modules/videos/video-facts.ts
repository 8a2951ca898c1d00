/** What the file itself says, not what the vendor says. */
export interface VideoFacts {
  kind: "video";
  /** Pixels as shown: turned upright, with square pixels. */
  width: number;
  height: number;
  durationMs: number;
  /** "avc", "hevc", "av1", ... */
  videoCodec: string;
  /** In full, as browsers are told it: "mp4a.40.2" (RFC 6381). Null for a silent video. */
  audioCodec: string | null;
  /** Whether it says that its colours are those of HD television, as nearly all do. */
  isBt709: boolean;
}

/** `detail` is for operators. */
export interface NotAVideo {
  kind: "not-a-video";
  detail: string;
}
