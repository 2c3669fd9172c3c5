import far
import near
