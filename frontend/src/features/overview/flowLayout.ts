import type { ShownStatus } from '@/api/types';
import { type Point, way } from './flowPath';

export interface FlowEdge {
  id: string;
  label: string;
  /** The corners of the way, its ends included; the last one is the arrow's tip. */
  points: readonly Point[];
  /** The middle of the label. */
  labelAt: Point;
  tone: 'main' | 'side';
}

export interface FlowLayout {
  width: number;
  height: number;
  node: { width: number; height: number };
  /** The upper left corners. */
  nodes: Record<ShownStatus, Point>;
  edges: FlowEdge[];
}

/**
 * Drawn by hand so that no two ways cross. Left out: cancelling and expiry of a scheduled job, which is a pending one
 * in the database.
 */
export const WIDE = {
  width: 940,
  height: 352,
  node: { width: 170, height: 62 },
  nodes: {
    scheduled: [60, 34],
    pending: [60, 154],
    processing: [390, 154],
    failed: [720, 34],
    completed: [720, 154],
    cancelled: [720, 254],
  },
  edges: [
    {
      id: 'due',
      label: 'due',
      points: way('145 96, 145 154'),
      labelAt: [145, 125],
      tone: 'main',
    },
    {
      id: 'claim',
      label: 'claim',
      points: way('230 185, 390 185'),
      labelAt: [310, 185],
      tone: 'main',
    },
    {
      id: 'finish',
      label: 'finish',
      points: way('560 185, 720 185'),
      labelAt: [640, 185],
      tone: 'main',
    },
    {
      id: 'retry',
      label: 'retry, release',
      points: way('450 154, 450 65, 230 65'),
      labelAt: [330, 65],
      tone: 'side',
    },
    {
      id: 'fail',
      label: 'fail',
      points: way('510 154, 510 65, 720 65'),
      labelAt: [615, 65],
      tone: 'main',
    },
    {
      id: 'stop',
      label: 'cancel',
      points: way('510 216, 510 274, 720 274'),
      labelAt: [615, 274],
      tone: 'main',
    },
    {
      id: 'cancel',
      label: 'cancel',
      points: way('180 216, 180 296, 720 296'),
      labelAt: [345, 296],
      tone: 'side',
    },
    {
      id: 'retry-failed',
      label: 'retry by hand',
      points: way('805 34, 805 10, 26 10, 26 185, 60 185'),
      labelAt: [475, 10],
      tone: 'side',
    },
    {
      id: 'retry-cancelled',
      label: 'retry by hand',
      points: way('805 316, 805 342, 110 342, 110 216'),
      labelAt: [475, 342],
      tone: 'side',
    },
  ],
} satisfies FlowLayout as FlowLayout;

/** The same for a narrow screen: from top to bottom. */
export const NARROW = {
  width: 350,
  height: 430,
  node: { width: 104, height: 66 },
  nodes: {
    scheduled: [20, 40],
    pending: [150, 40],
    processing: [150, 180],
    failed: [10, 322],
    completed: [123, 322],
    cancelled: [236, 322],
  },
  edges: [
    {
      id: 'due',
      label: '',
      points: way('124 73, 150 73'),
      labelAt: [0, 0],
      tone: 'main',
    },
    {
      id: 'claim',
      label: 'claim',
      points: way('202 106, 202 180'),
      labelAt: [202, 143],
      tone: 'main',
    },
    {
      id: 'finish',
      label: 'finish',
      points: way('190 246, 190 322'),
      labelAt: [190, 284],
      tone: 'main',
    },
    {
      id: 'retry',
      label: 'retry',
      points: way('150 200, 85 200, 85 106'),
      labelAt: [85, 152],
      tone: 'side',
    },
    {
      id: 'fail',
      label: 'fail',
      points: way('150 226, 72 226, 72 322'),
      labelAt: [72, 284],
      tone: 'main',
    },
    {
      id: 'stop',
      label: 'cancel',
      points: way('238 246, 238 280, 262 280, 262 322'),
      labelAt: [250, 280],
      tone: 'main',
    },
    {
      id: 'cancel',
      label: 'cancel',
      points: way('254 84, 294 84, 294 322'),
      labelAt: [294, 190],
      tone: 'side',
    },
    {
      id: 'retry-failed',
      label: 'retry by hand',
      points: way('30 322, 30 250, 8 250, 8 14, 202 14, 202 40'),
      labelAt: [105, 14],
      tone: 'side',
    },
    {
      id: 'retry-cancelled',
      label: '',
      points: way('326 322, 326 62, 254 62'),
      labelAt: [0, 0],
      tone: 'side',
    },
  ],
} satisfies FlowLayout as FlowLayout;
