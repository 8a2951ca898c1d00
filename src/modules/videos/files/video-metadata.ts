/** What the file itself says, not what the vendor says. */
export interface VideoMetadata {
  kind: "video";
  /** Pixels as shown: turned upright, with square pixels. */
  width: number;
  height: number;
  /** From the first frame that is shown to the end of the last. */
  durationMs: number;
  /** The ids that the tracks have in the file, where others may lie beside them. */
  videoTrackId: number;
  /** Null for a silent video. */
  audioTrackId: number | null;
  /** "avc", "hevc", "av1", ... */
  videoCodec: string;
  /** In full, as browsers are told it: "mp4a.40.2" (RFC 6381). Null for a silent or an unknown one. */
  audioCodec: string | null;
  /** Lines of the picture as it is coded, before it is turned and stretched. */
  codedHeight: number;
  colors: ColorTags;
}

/** The color notes of a file, with the names of WebCodecs. Notes that are missing or make no sense are left out. */
export interface ColorTags {
  primaries?: string;
  transfer?: string;
  matrix?: string;
  fullRange?: boolean;
}

/** `detail` is for operators. */
export interface NotAVideo {
  kind: "not-a-video";
  detail: string;
}
