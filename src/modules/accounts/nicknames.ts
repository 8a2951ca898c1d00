import { randomInt } from "node:crypto";
import type { Language } from "../../platform/base/language.js";

const words: Record<Language, { adjectives: string[]; animals: string[]; separator: string }> = {
  en: {
    adjectives: ["Bright", "Calm", "Gentle", "Happy", "Kind", "Lucky", "Quiet", "Sunny", "Swift", "Witty"],
    animals: ["Crane", "Dolphin", "Fox", "Heron", "Koala", "Otter", "Panda", "Robin", "Seal", "Swan"],
    separator: " ",
  },
  zh: {
    adjectives: ["明亮", "安静", "温柔", "快乐", "善良", "幸运", "悠闲", "灿烂", "轻快", "机灵"],
    animals: ["白鹤", "海豚", "狐狸", "苍鹭", "考拉", "水獭", "熊猫", "知更鸟", "海豹", "天鹅"],
    separator: "的",
  },
};

/** A random initial nickname that reveals nothing about the user, for example "Quiet Otter 4821". */
export function randomNickname(language: Language): string {
  const { adjectives, animals, separator } = words[language];
  const adjective = adjectives[randomInt(adjectives.length)];
  const animal = animals[randomInt(animals.length)];
  return `${adjective}${separator}${animal} ${randomInt(1000, 10_000)}`;
}
