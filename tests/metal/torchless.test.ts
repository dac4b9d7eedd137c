// The torchless API on the software device, beside the backends that run everywhere.
import '../torchless/backend.test.js';
import '../torchless/memory.test.js';
import '../torchless/tensors.test.js';
