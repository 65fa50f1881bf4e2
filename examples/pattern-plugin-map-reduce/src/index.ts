export { MapReduce, type MapReduceOptions } from './map-reduce.js';
