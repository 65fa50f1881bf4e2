export * from './agent/index.js';
export * from './chain/index.js';
export * from './constraints/index.js';
export * from './container/index.js';
export * from './errors/index.js';
export * from './invocation/index.js';
export * from './pattern/index.js';
export * from './receipt/index.js';
export * from './runtime/index.js';
export * from './signing/index.js';
export * from './store/index.js';
export * from './trust/index.js';
export {
  type CapturedValue,
  captureValue,
  DEFAULT_VALUE_LIMITS,
  decodeValue,
  defineValueClass,
  encodeValue,
  Opaque,
  opaque,
  VALUE_BRAND,
  type ValueForm,
  type ValueLimits,
} from './values/index.js';
export {
  type Clock,
  canonicalJson,
  canonicalNumber,
  canonicalNumberLiteral,
  compareCodePoints,
  earlier,
  formatTimestamp,
  isJsonObject,
  isNumberLiteral,
  type JsonNumberLiteral,
  type JsonObject,
  type JsonScalar,
  type JsonValue,
  jsonMember,
  numberLiteral,
  parseJson,
  parseOptions,
  portableSha256Hex,
  pythonFloat,
  pythonStr,
  RecordCodec,
  sha256Hex,
  sortByCodePoint,
  systemClock,
  TIMESTAMP_PATTERN,
  type Timestamp,
  timestampToMillis,
  toJsonObject,
  toJsonValue,
  type WithUnknownFields,
  writeJson,
} from './wire/index.js';
export { redactText } from './wire/redaction.js';
export * from './workflow/index.js';
