import type { Ratio } from "../../modules/catalog/index.js";
import type { Language } from "../../platform/base/language.js";

/** A film of the sandbox vendor, which shows its prompt, and titles for the works that it is published as. */
export interface Film {
  prompt: string;
  ratio: Ratio;
  titles: readonly string[];
}

interface Texts {
  /** A nickname is a given name and a family name, in the order of the language. */
  names: { first: readonly string[]; second: readonly string[]; separator: string };
  bios: readonly string[];
  descriptions: readonly string[];
  films: readonly Film[];
}

export const texts: Record<Language, Texts> = {
  en: {
    names: {
      first: [
        "Ada",
        "Ben",
        "Clara",
        "Daniel",
        "Elena",
        "Felix",
        "Grace",
        "Hugo",
        "Iris",
        "Jonas",
        "Kira",
        "Leo",
      ],
      second: [
        "Archer",
        "Bell",
        "Castro",
        "Dale",
        "Ekström",
        "Fox",
        "Garnier",
        "Hale",
        "Ito",
        "Jansen",
        "Keller",
      ],
      separator: " ",
    },
    bios: [
      "I make short films on the train to work.",
      "Landscapes, weather, and the occasional cat.",
      "Editor by day, prompts by night.",
      "One video a day until I run out of ideas.",
      "Learning color, one sunset at a time.",
      "",
    ],
    descriptions: [
      "First try, and I kept it.",
      "The light took eleven attempts.",
      "Made for a friend who misses home.",
      "Part of a series. Tell me which one you like best.",
      "Best with sound.",
      "",
    ],
    films: [
      {
        prompt: "A cat running on grass in the morning",
        ratio: "RATIO_9_16",
        titles: ["Morning run", "Late for breakfast", "Faster than the dew", "Catch me in the meadow"],
      },
      {
        prompt: "A small boat on a calm sea at sunset",
        ratio: "RATIO_16_9",
        titles: ["The last boat home", "Calm water", "Ten seconds of quiet", "Where the sea ends"],
      },
      {
        prompt: "A balloon over snow mountains at dawn",
        ratio: "RATIO_9_16",
        titles: ["Above the valley", "First light", "Up before the sun", "Thin air"],
      },
      {
        prompt: "A city at night with neon and rain",
        ratio: "RATIO_1_1",
        titles: ["Neon and rain", "After midnight", "The city that hums", "Wet streets"],
      },
      {
        prompt: "Birds over a misty forest",
        ratio: "RATIO_16_9",
        titles: ["Over the trees", "Heading south", "Mist", "A morning without a road"],
      },
    ],
  },
  zh: {
    names: {
      first: ["林", "陈", "周", "苏", "许", "沈", "叶", "顾", "江", "方", "夏", "白"],
      second: ["小满", "知夏", "一诺", "子墨", "清和", "雨桐", "星河", "安之", "晚舟", "思远", "初一"],
      separator: "",
    },
    bios: [
      "下班路上做短片。",
      "喜欢山、海和猫。",
      "白天剪辑，晚上写提示词。",
      "每天一条视频，直到没有灵感。",
      "用镜头记录四季。",
      "",
    ],
    descriptions: [
      "第一次生成就很满意。",
      "光线调了十一次。",
      "送给想家的朋友。",
      "这是一个系列，欢迎告诉我你最喜欢哪一条。",
      "建议打开声音观看。",
      "",
    ],
    films: [
      {
        prompt: "清晨的草地上，一只猫在奔跑",
        ratio: "RATIO_9_16",
        titles: ["清晨奔跑", "早餐要迟到了", "草地上的风", "追不上我"],
      },
      {
        prompt: "黄昏的湖面上，一只小船慢慢划过",
        ratio: "RATIO_16_9",
        titles: ["归舟", "湖面很静", "十秒钟的安静", "晚风"],
      },
      {
        prompt: "星夜的沙漠上空飘着一盏孔明灯",
        ratio: "RATIO_9_16",
        titles: ["一盏灯", "沙漠的夜", "许个愿吧", "星星落下来"],
      },
      {
        prompt: "雨中的都市夜景",
        ratio: "RATIO_1_1",
        titles: ["雨夜", "霓虹", "凌晨两点的城", "下雨天不想回家"],
      },
      {
        prompt: "春天的竹林，阳光从叶间落下",
        ratio: "RATIO_16_9",
        titles: ["竹林", "春天来了", "听风", "光的形状"],
      },
    ],
  },
};
