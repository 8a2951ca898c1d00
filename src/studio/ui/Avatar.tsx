import { fileUrl } from "../app/root";
import styles from "./Avatar.module.css";

interface Props {
  person: { id: string; nickname: string; avatarUrl?: string | null };
  size?: number;
}

/** A picture, or the first letter on a color of the person's own. The name is said beside it. */
export function Avatar({ person, size = 36 }: Props) {
  const box = { width: size, height: size };
  if (person.avatarUrl)
    return <img className={styles.avatar} style={box} src={fileUrl(person.avatarUrl)} alt="" {...box} />;
  return (
    <span
      className={styles.avatar}
      aria-hidden="true"
      style={{ ...box, fontSize: size * 0.42, background: `oklch(0.46 0.09 ${hueOf(person.id)})` }}
    >
      {[...person.nickname][0]?.toUpperCase()}
    </span>
  );
}

/** From 170 to 360: blues, violets, reds. The accent's amber is left out. */
function hueOf(id: string): number {
  const sum = [...id].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 9973, 7);
  return 170 + (sum % 190);
}
