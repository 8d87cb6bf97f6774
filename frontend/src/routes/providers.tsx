export { ProvidersPage as ProvidersRoute } from '@/features/providers/ProvidersPage';
