import { Paper, type PaperProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface Props extends PaperProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof PaperProps> {
  ref?: Ref<HTMLAnchorElement>;
}

function BareCard(props: Props) {
  return <Paper component="a" withBorder p="sm" c="inherit" td="none" {...props} className="hr-card" />;
}

/** A card that is a link to a page of ours. */
export const AppCard = createLink(BareCard);
