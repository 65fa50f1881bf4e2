import { type RunUsage, sumUsage } from '@kaizen-eatp/core/records';
import type { Model } from './receipt-model.js';
import { attempt } from './records.js';

/** What the agents reported that they used, by the signed records of a run; undefined if a record cannot be read. */
export const usageOf = ({ anchors }: Pick<Model, 'anchors'>): RunUsage | undefined =>
  attempt(() =>
    sumUsage(
      anchors.map(({ data }) => {
        if (data) return data;
        throw new Error('The record cannot be read');
      }),
    ),
  );
