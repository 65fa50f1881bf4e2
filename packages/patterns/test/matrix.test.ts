import { describeMatrix } from './matrix.js';
import { inProcess } from './matrix-columns.js';

describeMatrix(inProcess);
