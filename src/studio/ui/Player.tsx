import Maximize from "lucide-react/icons/maximize";
import Pause from "lucide-react/icons/pause";
import Play from "lucide-react/icons/play";
import Volume2 from "lucide-react/icons/volume-2";
import VolumeX from "lucide-react/icons/volume-x";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { plainKey, useKeyHint } from "../app/keys";
import { fileUrl } from "../app/root";
import { duration } from "./format";
import { filmName } from "./growing-still";
import styles from "./Player.module.css";
import { filmSizes, type Stills, srcSet } from "./stills";

interface Props {
  video: Stills & { id: string; previewUrl: string; durationSec: number };
  title: string;
  /** Called once a visitor has watched for three seconds. */
  onWatched?: () => void;
}

const watchedAfterSec = 3;

/** A video in its own shape. The line of amber that showed its making now shows its playback. */
export function Player({ video, title, onWatched }: Props) {
  const t = useTranslations("player");
  const box = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLVideoElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [isMuted, setMuted] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const [time, setTime] = useState(0);
  const [length, setLength] = useState(video.durationSec);
  const watched = useRef(false);
  usePlayerKeys(element);
  const hint = useKeyHint();

  const toggle = () => {
    const player = element.current;
    if (!player) return;
    if (player.paused) void player.play().catch(() => {});
    else player.pause();
  };
  const seek = (seconds: number) => {
    if (element.current) element.current.currentTime = seconds;
    setTime(seconds);
  };
  const ratio = video.width / video.height;
  return (
    <div
      ref={box}
      className={styles.player}
      style={{ "--ratio": ratio, viewTransitionName: filmName } as CSSProperties}
      data-playing={isPlaying || undefined}
      data-film
    >
      {/* biome-ignore lint/a11y/useMediaCaption: the films have no speech */}
      <video
        ref={element}
        src={fileUrl(video.previewUrl)}
        width={video.width}
        height={video.height}
        playsInline
        loop
        preload="none"
        aria-label={title}
        onClick={toggle}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onError={() => setFailed(true)}
        onVolumeChange={({ currentTarget }) => setMuted(currentTarget.muted)}
        onLoadedMetadata={({ currentTarget }) => {
          if (Number.isFinite(currentTarget.duration)) setLength(currentTarget.duration);
        }}
        onTimeUpdate={({ currentTarget }) => {
          setTime(currentTarget.currentTime);
          if (currentTarget.currentTime < watchedAfterSec || watched.current) return;
          watched.current = true;
          onWatched?.();
        }}
      />
      {time === 0 && !isPlaying ? (
        <img
          className={styles.poster}
          src={fileUrl(video.medium)}
          srcSet={srcSet(video)}
          sizes={filmSizes}
          alt=""
          fetchPriority="high"
        />
      ) : null}
      {isPlaying ? null : (
        <button type="button" className={styles.big} onClick={toggle} aria-label={t("play")} tabIndex={-1}>
          <Play size={30} aria-hidden="true" fill="currentColor" />
        </button>
      )}
      {hasFailed ? <p className={styles.failed}>{t("failed")}</p> : null}
      <div className={styles.controls}>
        <button
          type="button"
          onClick={toggle}
          aria-label={t(isPlaying ? "pause" : "play")}
          {...hint(t(isPlaying ? "pause" : "play"), "Space")}
        >
          {isPlaying ? <Pause size={18} fill="currentColor" /> : <Play size={18} fill="currentColor" />}
        </button>
        <span className={styles.time}>
          {duration(time)} / {duration(length)}
        </span>
        <input
          type="range"
          min={0}
          max={length}
          step={0.1}
          value={time}
          aria-label={t("position")}
          aria-valuetext={t("time", { now: duration(time), all: duration(length) })}
          style={{ backgroundSize: `${(time / length) * 100}% 100%` }}
          onChange={({ target }) => seek(Number(target.value))}
        />
        <button
          type="button"
          aria-label={t(isMuted ? "unmute" : "mute")}
          onClick={() => {
            if (element.current) element.current.muted = !isMuted;
          }}
          {...hint(t(isMuted ? "unmute" : "mute"), "M")}
        >
          {isMuted ? <VolumeX size={18} /> : <Volume2 size={18} />}
        </button>
        <button type="button" aria-label={t("fullscreen")} onClick={() => void toggleFullscreen(box.current)}>
          <Maximize size={18} />
        </button>
      </div>
    </div>
  );
}

async function toggleFullscreen(box: HTMLElement | null): Promise<void> {
  await (document.fullscreenElement ? document.exitFullscreen() : box?.requestFullscreen?.());
}

/** Space plays and pauses, M mutes, wherever the focus is, except where it types or presses. */
function usePlayerKeys(element: { current: HTMLVideoElement | null }): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = plainKey(event);
      const player = element.current;
      if (!player || key === null || (event.target as HTMLElement).closest("button, a")) return;
      if (key === " ") {
        event.preventDefault();
        if (player.paused) void player.play().catch(() => {});
        else player.pause();
      } else if (key === "m") player.muted = !player.muted;
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [element]);
}
