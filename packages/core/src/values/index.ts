export { CapturedValue, captureValue, frozenCopy } from './captured-value.js';
export { decodeValue, encodeValue } from './codec.js';
export { type FloatMarks, floatMarksOf, markFloats } from './float-marks.js';
export { type DriveOptions, driveGenerator, type GeneratorLike, isGenerator } from './generator.js';
export { DEFAULT_VALUE_LIMITS, MAX_VALUE_DEPTH, type ValueLimits } from './limits.js';
export { Opaque, opaque } from './opaque.js';
export { defineValueClass, textOfInstance, VALUE_BRAND, type ValueForm } from './value-class.js';
