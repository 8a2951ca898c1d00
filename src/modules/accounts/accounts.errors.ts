import { AppError } from "../../platform/base/app-error.js";

/** One error for wrong, expired, used, exhausted and never requested codes, so that callers cannot tell them apart. */
export class InvalidLoginCode extends AppError {
  constructor() {
    super(
      "INVALID_LOGIN_CODE",
      { en: "This code is wrong or no longer valid.", zh: "验证码错误或已失效。" },
      { field: "code" },
    );
  }
}

/** The SMS provider failed or did not respond. */
export class LoginCodeNotSent extends AppError {
  constructor() {
    super("VENDOR_UNAVAILABLE", {
      en: "The code could not be sent. Please try again in a moment.",
      zh: "验证码发送失败，请稍后再试。",
    });
  }
}

/** Only thrown after a correct code, so it reveals a ban to the phone's owner only. */
export class AccountBanned extends AppError {
  constructor() {
    super("FORBIDDEN", { en: "This account has been suspended.", zh: "该账号已被封禁。" });
  }
}
