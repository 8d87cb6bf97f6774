import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface Props extends ButtonProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> {
  ref?: Ref<HTMLAnchorElement>;
}

function BareButton(props: Props) {
  return <Button component="a" {...props} />;
}

/** A link to a page of ours that looks like a button. */
export const LinkButton = createLink(BareButton);
