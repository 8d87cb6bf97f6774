import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface Props extends AnchorProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> {
  ref?: Ref<HTMLAnchorElement>;
}

function BareAnchor(props: Props) {
  return <Anchor {...props} />;
}

/** A link to a page of ours, in the theme's clothes. */
export const AppLink = createLink(BareAnchor);
