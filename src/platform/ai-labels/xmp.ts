// The label in XMP (ISO 16684-1), which pictures carry.

const labelNamespace = "http://www.tc260.org.cn/ns/AIGC/1.0/";
/** IPTC's term for a picture that a trained model made. */
export const madeByAi = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/** `label` is the JSON of an AIGC label. */
export function writeXmp(label: string): string {
  return [
    `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>`,
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
    `<rdf:Description rdf:about="" xmlns:TC260="${labelNamespace}"`,
    ` xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">`,
    `<TC260:AIGC>${escapeXml(label)}</TC260:AIGC>`,
    `<Iptc4xmpExt:DigitalSourceType>${madeByAi}</Iptc4xmpExt:DigitalSourceType>`,
    `</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
  ].join("");
}

export interface XmpMarks {
  /** The value of TC260:AIGC, whether or not it is a valid label. */
  label: string | null;
  /** DigitalSourceType is trainedAlgorithmicMedia. */
  madeByAi: boolean;
}

/** Finds the marks by their names instead of parsing the XML, because uploads are often not well-formed. */
export function readXmp(xml: string): XmpMarks {
  return {
    label: readProperty(xml, labelPrefix(xml)),
    madeByAi: /digitalsourcetype\/trainedAlgorithmicMedia\b/i.test(xml),
  };
}

/** Prefixes are free in XML. "TC260" is the usual one. */
function labelPrefix(xml: string): string {
  return (
    /xmlns:([\w.-]{1,32})\s*=\s*["']https?:\/\/www\.tc260\.org\.cn\/ns\/AIGC\//i.exec(xml)?.[1] ?? "TC260"
  );
}

/** As an element or as an attribute. */
function readProperty(xml: string, prefix: string): string | null {
  const name = `${prefix}:AIGC`;
  const attribute = xml.indexOf(`${name}=`);
  if (attribute >= 0) {
    const start = attribute + name.length + 1;
    const end = xml.indexOf(xml.charAt(start), start + 1);
    return end < 0 ? null : unescapeXml(xml.slice(start + 1, end));
  }
  const element = xml.indexOf(`<${name}`);
  const start = element < 0 ? -1 : xml.indexOf(">", element) + 1;
  const end = start <= 0 ? -1 : xml.indexOf(`</${name}`, start);
  return end < 0 ? null : unescapeXml(xml.slice(start, end)).trim();
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescapeXml(text: string): string {
  return text
    .replace(/^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/, (_, inner: string) => escapeXml(inner))
    .replaceAll(
      /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g,
      (whole, name, decimal, hex) => {
        if (name) return entities[name] ?? whole;
        const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      },
    );
}
