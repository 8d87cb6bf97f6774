import '@xyflow/react/dist/base.css';
import { Box, Group, Text, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { memo } from 'react';
import { STATUS, STATUSES } from '@/api/status';
import type { ShownStatus, Stats } from '@/api/types';
import { formatCount } from '@/lib/format';
import { STATUS_ICON } from '@/ui/statusIcons';
import { type FlowEdge, type FlowLayout, NARROW, WIDE } from './flowLayout';
import { roundedPath } from './flowPath';

type StateNode = Node<{
  status: ShownStatus;
  count: number;
  isTight: boolean;
  onStatus: (status: ShownStatus) => void;
}>;
type FrameNode = Node<Record<string, never>>;
type WayEdge = Edge<{ way: FlowEdge }>;

const StateCard = memo(function StateCard({ data: { status, count, isTight, onStatus } }: NodeProps<StateNode>) {
  const { label, tone } = STATUS[status];
  const Icon = STATUS_ICON[status];
  return (
    <UnstyledButton
      className="hr-flow-node nodrag nopan"
      style={{ borderColor: `var(--mantine-color-${tone}-filled)` }}
      onClick={() => onStatus(status)}
      title={`Show the jobs that are ${label.toLowerCase()}`}
    >
      <Group gap={6} wrap="nowrap" justify={isTight ? 'center' : 'flex-start'}>
        {!isTight && <Icon size={15} aria-hidden />}
        <Text size={isTight ? 'xs' : 'sm'} fw={500}>
          {label}
        </Text>
      </Group>
      <Text fw={700} size="lg" lh={1.2} ta={isTight ? 'center' : 'left'} className="hr-nums">
        {formatCount(count)}
      </Text>
      <Handle type="target" position={Position.Left} isConnectable={false} className="hr-flow-handle" />
      <Handle type="source" position={Position.Right} isConnectable={false} className="hr-flow-handle" />
    </UnstyledButton>
  );
});

function Way({ id, data }: EdgeProps<WayEdge>) {
  if (!data) return null;
  const { points, label, labelAt, tone } = data.way;
  return (
    <>
      <BaseEdge id={id} path={roundedPath(points)} markerEnd={`url(#${ARROW})`} className={`hr-way hr-way-${tone}`} />
      {label && (
        <EdgeLabelRenderer>
          <div
            className="hr-way-label"
            style={{ transform: `translate(-50%, -50%) translate(${labelAt[0]}px, ${labelAt[1]}px)` }}
          >
            {label}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** As large as the drawing, so that fitting the nodes fits the ways around them too. */
function Frame() {
  return null;
}

const NODE_TYPES = { state: StateCard, frame: Frame };
const ARROW = 'hr-arrow';
const EDGE_TYPES = { way: Way };

function edgesOf(layout: FlowLayout): WayEdge[] {
  // The ways are drawn from their points; the ends named here only keep the library content.
  return layout.edges.map((way) => ({
    id: way.id,
    type: 'way',
    source: 'pending',
    target: 'processing',
    data: { way },
    focusable: false,
  }));
}

const EDGES = { wide: edgesOf(WIDE), narrow: edgesOf(NARROW) };

interface Props {
  counts: Stats['by_status'];
  onStatus: (status: ShownStatus) => void;
}

/** How jobs move between states; a state opens its list. */
export function StateFlow({ counts, onStatus }: Props) {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const layout = isNarrow ? NARROW : WIDE;
  const nodes = STATUSES.map((status): StateNode => {
    const [x, y] = layout.nodes[status];
    const data = { status, count: counts[status] ?? 0, isTight: isNarrow, onStatus };
    return { id: status, type: 'state', position: { x, y }, data, ...layout.node, focusable: false };
  });
  const frame: FrameNode = {
    id: 'frame',
    type: 'frame',
    position: { x: 0, y: 0 },
    data: {},
    width: layout.width,
    height: layout.height,
    focusable: false,
  };
  return (
    <Box h={layout.height + 14} w="100%" role="group" aria-label="How jobs move between states">
      <svg width={0} height={0} aria-hidden="true" style={{ position: 'absolute' }}>
        <defs>
          <marker
            id={ARROW}
            viewBox="0 0 10 10"
            refX={9}
            refY={5}
            markerWidth={9}
            markerHeight={9}
            orient="auto"
            markerUnits="userSpaceOnUse"
          >
            <path d="M 0 0.5 L 10 5 L 0 9.5 z" fill="var(--hr-way)" />
          </marker>
        </defs>
      </svg>
      <ReactFlow
        key={isNarrow ? 'narrow' : 'wide'}
        nodes={[frame, ...nodes]}
        edges={isNarrow ? EDGES.narrow : EDGES.wide}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        fitView
        fitViewOptions={{ padding: 0, maxZoom: 1 }}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        panOnDrag={false}
        panOnScroll={false}
        zoomOnScroll={false}
        zoomOnPinch={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        disableKeyboardA11y
      />
    </Box>
  );
}
