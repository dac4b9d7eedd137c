// Every op of two operands or more on the device `metal`, for all their dtypes: a generated kernel for each.
import { conformance } from './conformance.js';

conformance(['promotion'], []);
