import { randomInt } from "node:crypto";
import type { Language } from "../../platform/base/language.js";

const words: Record<Language, { qualities: string[]; animals: string[]; between: string }> = {
  en: {
    qualities: ["Bright", "Calm", "Gentle", "Happy", "Kind", "Lucky", "Quiet", "Sunny", "Swift", "Witty"],
    animals: ["Crane", "Dolphin", "Fox", "Heron", "Koala", "Otter", "Panda", "Robin", "Seal", "Swan"],
    between: " ",
  },
  zh: {
    qualities: ["明亮", "安静", "温柔", "快乐", "善良", "幸运", "悠闲", "灿烂", "轻快", "机灵"],
    animals: ["白鹤", "海豚", "狐狸", "苍鹭", "考拉", "水獭", "熊猫", "知更鸟", "海豹", "天鹅"],
    between: "的",
  },
};

/** A name to begin with, that says nothing about its bearer: "Quiet Otter 4821". */
export function randomNickname(language: Language): string {
  const { qualities, animals, between } = words[language];
  const quality = qualities[randomInt(qualities.length)];
  const animal = animals[randomInt(animals.length)];
  return `${quality}${between}${animal} ${randomInt(1000, 10_000)}`;
}
