/**
 * A JSON text that arrives in pieces, and what is certain of it.
 *
 * Finished members and elements are there; a string, number or literal that may
 * still change isn't, nor is a name without its value. Every character is
 * looked at once, whatever the pieces. `value` is one object that grows.
 */

import { assign } from "./own_property.js";

const STRING = 0;
const NUMBER = 1;
const LITERAL = 2;

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const NAME = 2;
const NAME_OR_END = 3;
const COLON = 4;
const COMMA_OR_END = 5;
const NOTHING = 6;

const NUMBER_PATTERN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NUMBER_BEGINNING = /^-?(?:(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE][+-]?\d*)?)?|[eE][+-]?\d*)?)?$/;
/** Longer numbers are checked when they end, so that many small pieces stay linear. */
const CHECKED_LENGTH = 64;
const LITERALS = ["true", "false", "null"];

export class PartialJson {
  /** What is certain; `undefined` as long as nothing is. */
  value;
  /** The text can't become JSON any more. */
  failed = false;

  /** Open arrays and objects, and the name that each object waits to fill. */
  #open = [];
  #names = [];
  #next = VALUE;
  /** The token that isn't finished: its kind and its text so far. */
  #token;
  #text = "";
  /** Inside a string's escape: -1 behind the backslash, or how many hexadecimal digits are missing. */
  #escape = 0;

  /** Takes the next piece. */
  push(piece) {
    let at = 0;
    while (at < piece.length && !this.failed) {
      if (this.#token !== undefined) {
        at = this.#continueToken(piece, at);
        continue;
      }
      const character = piece[at];
      switch (character) {
        case " ":
        case "\t":
        case "\n":
        case "\r":
          at += 1;
          break;
        case "{":
        case "[":
          at += 1;
          this.#openContainer(character === "{" ? {} : []);
          break;
        case "}":
        case "]":
          at += 1;
          this.#closeContainer(character === "]");
          break;
        case ",":
          at += 1;
          if (this.#next !== COMMA_OR_END) this.#fail();
          else this.#next = Array.isArray(this.#open.at(-1)) ? VALUE : NAME;
          break;
        case ":":
          at += 1;
          if (this.#next !== COLON) this.#fail();
          else this.#next = VALUE;
          break;
        default:
          this.#beginToken(character);
          at += this.#token === STRING ? 1 : 0;
      }
    }
  }

  #fail() {
    this.failed = true;
  }

  #wantsValue() {
    return this.#next === VALUE || this.#next === VALUE_OR_END;
  }

  #wantsName() {
    return this.#next === NAME || this.#next === NAME_OR_END;
  }

  #openContainer(container) {
    if (!this.#wantsValue()) return this.#fail();
    this.#place(container);
    this.#open.push(container);
    this.#names.push(undefined);
    this.#next = Array.isArray(container) ? VALUE_OR_END : NAME_OR_END;
  }

  #closeContainer(isArray) {
    const innermost = this.#open.at(-1);
    const mayEnd = this.#next === COMMA_OR_END || this.#next === VALUE_OR_END || this.#next === NAME_OR_END;
    if (!innermost || !mayEnd || Array.isArray(innermost) !== isArray) return this.#fail();
    this.#open.pop();
    this.#names.pop();
    this.#next = this.#open.length > 0 ? COMMA_OR_END : NOTHING;
  }

  /** Puts a value where it belongs. */
  #place(value) {
    const innermost = this.#open.at(-1);
    if (innermost === undefined) {
      this.value = value;
      this.#next = NOTHING;
    } else {
      if (Array.isArray(innermost)) {
        innermost.push(value);
      } else {
        assign(innermost, this.#names.at(-1), value);
      }
      this.#next = COMMA_OR_END;
    }
  }

  #beginToken(character) {
    if (character === '"') {
      if (!this.#wantsValue() && !this.#wantsName()) return this.#fail();
      this.#token = STRING;
      this.#escape = 0;
    } else if (!this.#wantsValue()) {
      return this.#fail();
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      this.#token = NUMBER;
    } else {
      this.#token = LITERAL;
    }
    this.#text = "";
  }

  #continueToken(piece, at) {
    const end = this.#token === STRING ? this.#endOfString(piece, at) : this.#endOfWord(piece, at);
    this.#text += piece.slice(at, end);
    if (this.failed) return end;
    if (end < piece.length) {
      this.#finishToken();
      return this.failed || this.#wasString ? end + 1 : end;
    }
    if (this.#token !== STRING) this.#checkWord();
    return end;
  }

  /** Whether the token that was finished last has a closing quote to skip. */
  #wasString = false;

  /** The closing quote, or the end of the piece. */
  #endOfString(piece, at) {
    for (; at < piece.length; at += 1) {
      const unit = piece.charCodeAt(at);
      if (this.#escape !== 0) {
        const allowed = this.#escape < 0 ? '"\\/bfnrtu' : "0123456789abcdefABCDEF";
        if (!allowed.includes(piece[at])) {
          this.#fail();
          return piece.length;
        }
        if (this.#escape > 0) this.#escape -= 1;
        else this.#escape = unit === 0x75 ? 4 : 0;
      } else if (unit === 0x5c) {
        this.#escape = -1;
      } else if (unit === 0x22) {
        break;
      } else if (unit < 0x20) {
        this.#fail();
        return piece.length;
      }
    }
    return at;
  }

  #endOfWord(piece, at) {
    while (at < piece.length && /[-+.\w]/.test(piece[at])) at += 1;
    return at;
  }

  #finishToken() {
    const text = this.#text;
    this.#wasString = this.#token === STRING;
    let value;
    try {
      if (this.#token === NUMBER && !NUMBER_PATTERN.test(text)) throw new SyntaxError(text);
      value = JSON.parse(this.#wasString ? `"${text}"` : text);
    } catch {
      return this.#fail();
    }
    this.#token = undefined;
    this.#text = "";
    if (this.#wasString && this.#wantsName()) {
      this.#names[this.#names.length - 1] = value;
      this.#next = COLON;
    } else {
      this.#place(value);
    }
  }

  /** A word at the end of what has arrived: a literal is certain when it is whole, a number never. */
  #checkWord() {
    const text = this.#text;
    if (this.#token === NUMBER) {
      if (text.length <= CHECKED_LENGTH && !NUMBER_BEGINNING.test(text)) this.#fail();
    } else if (LITERALS.includes(text)) {
      this.#finishToken();
    } else if (!LITERALS.some((literal) => literal.startsWith(text))) {
      this.#fail();
    }
  }
}
