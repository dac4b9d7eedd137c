import { ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [line, lineW, lineG] = [input('line'), input('line_w'), input('line_g')];
const [image, imageW, volume, volumeW] = [input('image'), input('image_w'), input('volume'), input('volume_w')];

table({
  'ops::conv1d': () => [ops.conv1d(line, lineW), ops.conv1d(line, lineG, 2, 1, 2, 2)],
  'ops::conv2d': () => [ops.conv2d(image, imageW), ops.conv2d(image, imageW, [2, 1], [1, 0], [1, 2])],
  'ops::conv3d': () => [ops.conv3d(volume, volumeW), ops.conv3d(volume, volumeW, 2, 1)],
  'ops::conv_transpose1d': () => [ops.conv_transpose1d(line, lineW), ops.conv_transpose1d(line, lineW, 2, 1, 1, 1, 1)],
  'ops::conv_transpose2d': () => [
    ops.conv_transpose2d(image, imageW),
    ops.conv_transpose2d(image, imageW, [2, 1], [1, 0], 1, [1, 0], 1),
  ],
  'ops::conv_transpose3d': () => [ops.conv_transpose3d(volume, volumeW), ops.conv_transpose3d(volume, volumeW, 2, 1)],
  'ops::conv_general': () => [
    ops.conv_general(line, lineW),
    ops.conv_general(image, imageW, [1, 2], [1, 0], [2, 1], [1, 2], null, true),
  ],
});
