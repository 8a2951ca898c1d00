import { Field, ObjectType } from "type-graphql";
import type { Language } from "../../../platform/base/language.js";
import { Url } from "../../../platform/graphql/scalars.js";
import type { DownloadTermsText } from "./download-terms.js";

@ObjectType({
  simpleResolvers: true,
  description: "Terms that a user accepts who downloads a file without the visible label.",
})
export class DownloadTerms {
  @Field(() => String, { description: "Sent back as acceptTerms." }) version!: string;
  @Field(() => String, { description: "In the language of the request." }) text!: string;
  @Field(() => Url, { nullable: true, description: "A page with the terms." }) url!: string | null;

  static of({ version, text, url }: DownloadTermsText, language: Language): DownloadTerms {
    return Object.assign(new DownloadTerms(), { version, text: text[language], url });
  }
}
